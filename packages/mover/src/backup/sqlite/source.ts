import { openSource, type ReadableSource, readableSource, unusable } from '@vatevo/transfer';
import BetterSqlite, { type Database } from 'better-sqlite3';
import { requireFile } from '../../transfer/source.ts';

const { SqliteError } = BetterSqlite;

/** Texts are read as the bytes that are stored. */
const OPTIONS = { anyEncoding: true } as const;

/**
 * Makes sure that a file can be read without writing to it; see `readableSource`.
 *
 * @throws CommandError with exit code 2 when there is no file, 5 when it cannot be read: damaged, locked, none of SQLite's
 */
export function readableSourceFile(file: string): ReadableSource {
  requireFile(file);
  return orRefuse(file, () => readableSource(file, OPTIONS));
}

export function openSourceFile(file: string): Database {
  return orRefuse(file, () => openSource(file, OPTIONS));
}

function orRefuse<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw sourceFailure(error, file);
  }
}

/** What SQLite says of a file while it is read or copied, as a sentence; everything else stays what it is. */
export function sourceFailure(error: unknown, file: string): unknown {
  return error instanceof SqliteError ? unusable(file, error) : error;
}
