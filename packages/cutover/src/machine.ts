/**
 * The states of a move and who may go from which to which. Each of the two databases keeps its own state, so
 * there is never a state that only a process knows, and each transition changes one of them in one transaction.
 *
 * The model in test/model.test.ts walks through this very table, every interleaving and every crash of it.
 */

/**
 * Of the SQLite file. It takes writes when it is `open` or `capturing`.
 *
 * - `open`: nothing of ours is in it.
 * - `capturing`: its change log names every row that is written.
 * - `fenced`: it refuses writes, and may take them again.
 * - `left`: PostgreSQL has taken over. A file that a rollback prepares is in this state, too.
 */
export const FILE_STATES = ['open', 'capturing', 'fenced', 'left'] as const;
export type FileState = (typeof FILE_STATES)[number];

/**
 * Of PostgreSQL. It takes writes when it is `serving` or `closed`.
 *
 * - `none`: there is no move.
 * - `claimed`: a move has begun, and has not read a row yet.
 * - `moving`: rows are copied, and changes after them.
 * - `aborting`: the move is being given up.
 * - `serving`: it has taken over, and its change log names every row that is written.
 * - `fenced`: it refuses writes, and may take them again.
 * - `returned`: the file has taken over again.
 * - `closed`: it has taken over for good; nothing is logged any more.
 */
export const SERVER_STATES = [
  'none',
  'claimed',
  'moving',
  'aborting',
  'serving',
  'fenced',
  'returned',
  'closed',
] as const;
export type ServerState = (typeof SERVER_STATES)[number];

export const FILE_TAKES_WRITES: ReadonlySet<FileState> = new Set(['open', 'capturing']);
export const SERVER_TAKES_WRITES: ReadonlySet<ServerState> = new Set(['serving', 'closed']);

interface FileTransition {
  readonly in: 'file';
  readonly from: readonly FileState[];
  readonly to: FileState;
  /** What the server must have been found in, after the file was adopted. */
  readonly while: readonly ServerState[];
  /** Only when this process has proven the two equal, since writes were refused. */
  readonly proven?: true;
}

interface ServerTransition {
  readonly in: 'server';
  readonly from: readonly ServerState[];
  readonly to: ServerState;
  /** What the file must have been found in, after it was adopted. */
  readonly while: readonly FileState[];
  readonly proven?: true;
}

export type Transition = FileTransition | ServerTransition;

/**
 * Two rules hold beside the table:
 *
 * - A transition of the server is made on the connection that holds the lock of the move, so a process that
 *   lost the lock can make none.
 * - A process that takes the lock *adopts* the file: it enters itself as its owner. A transition of the file is
 *   for the owner only, so a process that lost the lock can make none once another one has begun.
 */
export const TRANSITIONS = {
  claim: { in: 'server', from: ['none', 'returned'], to: 'claimed', while: ['open'] },
  capture: { in: 'file', from: ['open'], to: 'capturing', while: ['claimed'] },
  begin: { in: 'server', from: ['claimed'], to: 'moving', while: ['capturing'] },
  fence: { in: 'file', from: ['capturing'], to: 'fenced', while: ['moving'] },
  unfence: { in: 'file', from: ['fenced'], to: 'capturing', while: ['moving'] },
  handOver: { in: 'server', from: ['moving'], to: 'serving', while: ['fenced'], proven: true },
  leave: { in: 'file', from: ['fenced'], to: 'left', while: ['serving'] },

  beginAbort: {
    in: 'server',
    from: ['claimed', 'moving'],
    to: 'aborting',
    while: ['open', 'capturing', 'fenced'],
  },
  release: { in: 'file', from: ['capturing', 'fenced'], to: 'open', while: ['aborting'] },
  // A process that had lost the lock may have captured the file long after its move ended. Not from `fenced`,
  // which such a process cannot bring about: there another server than the one looked at may have taken over.
  releaseStray: { in: 'file', from: ['capturing'], to: 'open', while: ['none', 'fenced', 'returned'] },
  endAbort: { in: 'server', from: ['aborting'], to: 'none', while: ['open'] },

  fenceServer: { in: 'server', from: ['serving'], to: 'fenced', while: ['left'] },
  unfenceServer: { in: 'server', from: ['fenced'], to: 'serving', while: ['left'] },
  handBack: { in: 'file', from: ['left'], to: 'open', while: ['fenced'], proven: true },
  endReturn: { in: 'server', from: ['fenced'], to: 'returned', while: ['open'] },

  close: { in: 'server', from: ['serving'], to: 'closed', while: ['left'] },
} as const satisfies Record<string, Transition>;

export type TransitionName = keyof typeof TRANSITIONS;
export type FileTransitionName = {
  [Name in TransitionName]: (typeof TRANSITIONS)[Name]['in'] extends 'file' ? Name : never;
}[TransitionName];
export type ServerTransitionName = Exclude<TransitionName, FileTransitionName>;

/** Whether a transition may be made from the state of its own database, the other one being as it was found. */
export function mayGo(name: TransitionName, states: { file: FileState; server: ServerState }): boolean {
  const transition: Transition = TRANSITIONS[name];
  return transition.in === 'file'
    ? transition.from.includes(states.file) && transition.while.includes(states.server)
    : transition.from.includes(states.server) && transition.while.includes(states.file);
}
