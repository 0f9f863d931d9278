import type Database from 'better-sqlite3';
import { QueryFailedError } from '../errors.ts';
import type { Run } from '../exact/runner.ts';
import { RECORD } from './names.ts';

/** What a database says of the cutover that it takes part in. */
export interface CutoverRecord {
  /** The same in both databases of a cutover. */
  readonly move: string;
  /** One of `CUTOVER_STATES`. */
  readonly state: string;
  /** Device and inode of the file that a way back leads to; null in a SQLite file, and before a way back. */
  readonly returnFile: string | null;
}

interface Queries {
  /** A row when there is a record to be read. */
  readonly exists: string;
  readonly record: string;
}

const IN_FILE: Queries = {
  exists: `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '${RECORD}'`,
  record: `SELECT move, state, NULL FROM ${RECORD}`,
};

const IN_SERVER: Queries = {
  exists: `SELECT 1 FROM pg_tables WHERE schemaname = '${RECORD}' AND tablename = 'move'`,
  record: `SELECT id, state, return_inode FROM ${RECORD}.move ORDER BY number DESC LIMIT 1`,
};

/** Reads the record by statements; null when there is none. */
export async function readRecord(run: Run, kind: 'postgres' | 'sqlite'): Promise<CutoverRecord | null> {
  const { exists, record } = kind === 'postgres' ? IN_SERVER : IN_FILE;
  if ((await run(exists, [])).length === 0) return null;
  return toRecord((await run(record, []))[0]);
}

/** The record in a SQLite file that is open, as of one moment. */
export function recordInFile(database: Database.Database): CutoverRecord | null {
  return database.transaction(() => {
    if (database.prepare(IN_FILE.exists).get() === undefined) return null;
    return toRecord(database.prepare(IN_FILE.record).raw().get() as unknown[] | undefined);
  })();
}

/** Null also where the database refuses to tell: to this role, or because the record has just been taken out. */
export async function unlessRefused<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof QueryFailedError) return null;
    throw error;
  }
}

function toRecord(row: unknown[] | undefined): CutoverRecord | null {
  if (row === undefined) return null;
  const [move, state, returnFile] = row;
  return { move: String(move), state: String(state), returnFile: returnFile as string | null };
}
