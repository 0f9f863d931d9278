import type { FileState, ServerState, Unknown } from './states.ts';

/*
 * Who may go from which state to which. Each transition changes one of the two databases in one transaction.
 *
 * The model in test/model.test.ts walks through this very table, every interleaving and every crash of it.
 */

interface TransitionIn<Side, Own, Other> {
  readonly in: Side;
  readonly from: readonly Own[];
  readonly to: Own;
  /** What the other database must have been found in, after the file was adopted. */
  readonly while: readonly Other[];
  /** Only when this process has proven both sides equal since writes are refused: see {@link Proof}. */
  readonly proven?: true;
}

export type Transition =
  | TransitionIn<'file', FileState, ServerState>
  | TransitionIn<'server', ServerState, FileState>;

/**
 * Two rules hold beside the table:
 *
 * - A transition of the server is made on the connection that holds the lock of the move, so a process that
 *   lost the lock can make none.
 * - A process that takes the lock *adopts* the file: it enters itself as its owner. A transition of the file is
 *   for the owner only, so a process that lost the lock can make none once another one has begun.
 *
 * And one for `capture` and `failBack`: whoever makes it has just asked the server, on that connection. Of a server that is lost
 * a standby may have been promoted that stands elsewhere: it is in the middle of the move, or has lost the fence, and serves.
 */
export const TRANSITIONS = {
  reserve: { in: 'server', from: ['none', 'failed-back'], to: 'reserved', while: ['released'] },
  capture: { in: 'file', from: ['released'], to: 'capturing', while: ['reserved'] },
  begin: { in: 'server', from: ['reserved'], to: 'moving', while: ['capturing'] },
  fence: { in: 'file', from: ['capturing'], to: 'fenced', while: ['moving'] },
  // `reserved`: only where the server has gone back in time.
  unfence: { in: 'file', from: ['fenced'], to: 'capturing', while: ['reserved', 'moving'] },
  handOver: { in: 'server', from: ['moving'], to: 'serving', while: ['fenced'], proven: true },
  noteHandOver: { in: 'file', from: ['fenced'], to: 'handed-over', while: ['serving'] },
  // Only where the server has gone back in time (a standby that was promoted, a backup that was restored), and an
  // operator says that the one which had taken over is lost.
  takeBack: { in: 'file', from: ['handed-over'], to: 'capturing', while: ['reserved', 'moving'] },

  beginAbort: {
    in: 'server',
    from: ['reserved', 'moving'],
    to: 'aborting',
    while: ['released', 'capturing', 'fenced'],
  },
  release: { in: 'file', from: ['capturing', 'fenced'], to: 'released', while: ['aborting'] },
  endAbort: { in: 'server', from: ['aborting'], to: 'none', while: ['released'] },

  fenceServer: { in: 'server', from: ['serving'], to: 'fenced', while: ['handed-over'] },
  unfenceServer: { in: 'server', from: ['fenced'], to: 'serving', while: ['handed-over'] },
  failBack: { in: 'file', from: ['handed-over'], to: 'released', while: ['fenced'], proven: true },
  endFailback: { in: 'server', from: ['fenced'], to: 'failed-back', while: ['released'] },

  close: { in: 'server', from: ['serving'], to: 'closed', while: ['handed-over'] },
} as const satisfies Record<string, Transition>;

export type TransitionName = keyof typeof TRANSITIONS;
export type FileTransitionName = {
  [Name in TransitionName]: (typeof TRANSITIONS)[Name]['in'] extends 'file' ? Name : never;
}[TransitionName];
export type ServerTransitionName = Exclude<TransitionName, FileTransitionName>;

/** What a transition depends on. */
export interface Standing {
  /** The state of the database that changes, as it is; that of the other one, as it was found. */
  readonly file: FileState | Unknown;
  readonly server: ServerState | Unknown;
  readonly proven: boolean;
}

export function canTransition(name: TransitionName, { file, server, proven }: Standing): boolean {
  const transition: Transition = TRANSITIONS[name];
  if (transition.proven && !proven) return false;
  return transition.in === 'file'
    ? includes(transition.from, file) && includes(transition.while, server)
    : includes(transition.from, server) && includes(transition.while, file);
}

function includes<State>(states: readonly State[], state: State | Unknown): boolean {
  return (states as readonly unknown[]).includes(state);
}

/**
 * That this process has found both sides equal since writes are refused. Every transition of the process spends it,
 * so that what was proven behind one fence says nothing behind the next.
 */
export class Proof {
  #holds = false;

  get holds(): boolean {
    return this.#holds;
  }

  /** Called by whoever has just compared everything. */
  give(): void {
    this.#holds = true;
  }

  spend(): void {
    this.#holds = false;
  }
}
