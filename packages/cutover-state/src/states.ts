/**
 * The states of a cutover. Each of the two databases keeps its own, so there is never a state that only a process
 * knows. They are written to the databases in a form of their own, which never changes: databases outlive releases.
 */

/** Of the SQLite file, with their stored form. It takes writes when it is `released` or `capturing`. */
export const STORED_IN_FILE = {
  /** Nothing of ours is in it, or what is left has no effect and is being removed. */
  released: 'open',
  /** Its change log names every row that is written. */
  capturing: 'capturing',
  /** It refuses writes, and may take them again. */
  fenced: 'fenced',
  /** PostgreSQL has taken over. A file that a failback prepares is in this state, too. */
  'handed-over': 'left',
} as const;

/** Of PostgreSQL, with their stored form. It takes writes when it is `serving` or `closed`. */
export const STORED_IN_SERVER = {
  /** A move has begun, and has not read a row yet. */
  reserved: 'claimed',
  /** Rows are copied, and changes after them. */
  moving: 'moving',
  /** The move is being given up. */
  aborting: 'aborting',
  /** It has taken over, and its change log names every row that is written. */
  serving: 'serving',
  /** It refuses writes, and may take them again. */
  fenced: 'fenced',
  /** The file has taken over again. */
  'failed-back': 'returned',
  /** It has taken over for good; nothing is logged any more. */
  closed: 'closed',
} as const;

/** A file without a record is `released`. */
export type FileState = keyof typeof STORED_IN_FILE;
/** Without a record it is `none`: there is no move. */
export type ServerState = keyof typeof STORED_IN_SERVER | 'none';
/** What a later release stored. Nobody serves such a database, and no transition leads out of it. */
export type Unknown = 'unknown';

export const FILE_STATES = Object.keys(STORED_IN_FILE) as FileState[];
export const SERVER_STATES: readonly ServerState[] = [
  'none',
  ...(Object.keys(STORED_IN_SERVER) as Exclude<ServerState, 'none'>[]),
];

export const FILE_TAKES_WRITES: ReadonlySet<FileState | Unknown> = new Set(['released', 'capturing']);
export const SERVER_TAKES_WRITES: ReadonlySet<ServerState | Unknown> = new Set(['serving', 'closed']);

export function fileState(stored: string): FileState | Unknown {
  return FILE_STATES.find((state) => STORED_IN_FILE[state] === stored) ?? 'unknown';
}

export function serverState(stored: string): ServerState | Unknown {
  return SERVER_STATES.find((state) => state !== 'none' && STORED_IN_SERVER[state] === stored) ?? 'unknown';
}
