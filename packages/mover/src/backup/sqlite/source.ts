import { existsSync } from 'node:fs';
import { ExitCode, OpsError } from '@vatevo/shell';
import { openSource, type ReadableSource, readableSource, TransferError, unusable } from '@vatevo/transfer';
import BetterSqlite, { type Database } from 'better-sqlite3';
import { sentenceOf } from '../../transfer/next.ts';

const { SqliteError } = BetterSqlite;

/** Texts are read as the bytes that are stored. */
const OPTIONS = { anyEncoding: true } as const;

/**
 * Makes sure that a file can be read without writing to it; see `readableSource`.
 *
 * @throws OpsError with exit code 2 when there is no file, 5 when it cannot be read: damaged, locked, none of SQLite's
 */
export function readableSourceFile(file: string): ReadableSource {
  if (!existsSync(file)) {
    throw new OpsError(
      ExitCode.usage,
      `There is no file ${file}: give --source the path of the SQLite database.`,
    );
  }
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
  const refusal = error instanceof SqliteError ? unusable(file, error) : error;
  if (!(refusal instanceof TransferError)) return error;
  return new OpsError(ExitCode.sourceRefused, sentenceOf(refusal), { cause: error });
}
