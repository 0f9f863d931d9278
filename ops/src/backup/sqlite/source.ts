import { existsSync } from 'node:fs';
import { openSource, type ReachedSource, reachSource, TransferError } from '@vatevo/transfer';
import type { Database } from 'better-sqlite3';
import { ExitCode } from '../../exit-codes.ts';
import { OpsError } from '../../failure.ts';

/** Texts are read as the bytes that are stored. */
const OPTIONS = { anyEncoding: true } as const;

/**
 * Makes sure that a file can be read without writing to it; see `reachSource`.
 *
 * @throws OpsError with exit code 2 when there is no file, 5 when it cannot be read: damaged, locked, none of SQLite's
 */
export function reachSourceFile(file: string): ReachedSource {
  if (!existsSync(file)) {
    throw new OpsError(
      ExitCode.usage,
      `There is no file ${file}: give --source the path of the SQLite database.`,
    );
  }
  return orRefuse(() => reachSource(file, OPTIONS));
}

export function openSourceFile(file: string): Database {
  return orRefuse(() => openSource(file, OPTIONS));
}

function orRefuse<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    throw new OpsError(ExitCode.sourceRefused, error.message, { cause: error });
  }
}
