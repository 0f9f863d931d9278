import { readFileSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { type FileState, fileState, type ServerState, serverState, type Unknown } from './states.ts';

/** The record of a cutover: this table in a SQLite file, table `move` of this schema in PostgreSQL. */
export const CUTOVER = 'vatevo_cutover';

/** How the message of every write that a fence refuses begins, on both databases. */
export const FENCE_MARK = 'vatevo_cutover_fence:';

/** What a SQLite file says of the move that it takes part in. */
export interface FileRecord {
  /** The same in both databases of a move. */
  readonly move: string;
  readonly state: FileState | Unknown;
  /** The state as it is stored. */
  readonly stored: string;
}

/** What PostgreSQL says of the last move. */
export interface ServerRecord {
  readonly move: string;
  readonly state: ServerState | Unknown;
  readonly stored: string;
  /** The file that the rows came from, without its folder. */
  readonly sourceName: string;
  /** Device and inode of the file that a failback leads to, once PostgreSQL was fenced for it. */
  readonly returnFile: string | undefined;
}

/** The columns of the record in a file. A later release may add others. */
const FILE_RECORD_COLUMNS = ['id', 'move', 'state', 'owner', 'applied'] as const;

const IN_FILE = {
  /** A row when there is a record: a table of the name with other columns is somebody's data. */
  exists: `
    SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '${CUTOVER}' AND ${FILE_RECORD_COLUMNS.length} =
      (SELECT count(*) FROM pragma_table_info('${CUTOVER}') WHERE name IN ('${FILE_RECORD_COLUMNS.join("', '")}'))`,
  select: `SELECT move, state FROM ${CUTOVER}`,
};

const IN_SERVER = {
  // The catalog, as to_regclass fails for a role that may not use the schema.
  exists: `SELECT 1 FROM pg_tables WHERE schemaname = '${CUTOVER}' AND tablename = 'move'`,
  select: `SELECT id, state, source_name, return_inode FROM ${CUTOVER}.move ORDER BY number DESC LIMIT 1`,
};

/** Runs one statement; rows as arrays. */
export type Ask = (sql: string, values: readonly []) => Promise<readonly (readonly unknown[])[]>;

/** The record in a SQLite file that is open, as of one moment. */
export function readFileRecord(db: Database): FileRecord | undefined {
  const read = () => {
    if (db.prepare(IN_FILE.exists).get() === undefined) return undefined;
    return toFileRecord(db.prepare(IN_FILE.select).raw().get() as unknown[] | undefined);
  };
  return db.inTransaction ? read() : db.transaction(read)();
}

/** The same by statements. */
export async function askFileRecord(ask: Ask): Promise<FileRecord | undefined> {
  if ((await ask(IN_FILE.exists, [])).length === 0) return undefined;
  return toFileRecord((await ask(IN_FILE.select, []))[0]);
}

export async function askServerRecord(ask: Ask): Promise<ServerRecord | undefined> {
  if ((await ask(IN_SERVER.exists, [])).length === 0) return undefined;
  const [row] = await ask(IN_SERVER.select, []);
  if (row === undefined) return undefined;
  const [move, stored, sourceName, returnFile] = row;
  return {
    move: text(move),
    state: serverState(text(stored)),
    stored: text(stored),
    sourceName: text(sourceName),
    returnFile: returnFile === null ? undefined : text(returnFile),
  };
}

function toFileRecord(row: readonly unknown[] | undefined): FileRecord | undefined {
  if (row === undefined) return undefined;
  const [move, stored] = row;
  return { move: text(move), state: fileState(text(stored)), stored: text(stored) };
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error(`The record of a cutover holds ${String(value)} where a text was expected.`);
}

/** A database in a state that this release does not know: it must be neither served nor changed. */
export class UnknownCutoverStateError extends Error {
  override readonly name = 'UnknownCutoverStateError';

  /** @param where the database, without a secret */
  constructor(where: string, stored: string) {
    super(`${where} ${sayUnknown(stored)}.`);
  }
}

/** What is the matter with a database in such a state, without its name and the full stop. */
export function sayUnknown(stored: string): string {
  return `is in the state "${stored}" of a cutover, which ${thisRelease()} does not know: use the later release that the cutover was begun with`;
}

/** @throws UnknownCutoverStateError */
export function knownState<State extends string>(
  where: string,
  { state, stored }: { readonly state: State | Unknown; readonly stored: string },
): State {
  if (state === 'unknown') throw new UnknownCutoverStateError(where, stored);
  return state;
}

/** Where the application is bundled into one file, there is no manifest beside us. */
function thisRelease(): string {
  try {
    const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
    return `release ${(JSON.parse(manifest) as { version: string }).version}`;
  } catch {
    return 'this release';
  }
}
