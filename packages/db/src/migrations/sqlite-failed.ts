import { ConnectionError } from '@vatevo/connection';
import Database from 'better-sqlite3';

/** What keeps a SQLite file from being used counts as a connection that cannot be had; other errors stay. */
export function sqliteFailed(cause: unknown, file: string): unknown {
  if (!(cause instanceof Database.SqliteError)) return cause;
  const hint = isBusy(cause)
    ? 'another process is at work on it: try again when that is done'
    : 'check DATABASE_URL, and the rights to the file and its folder';
  const message = `The SQLite file ${file} cannot be used (${cause.message}): ${hint}.`;
  return new ConnectionError('unknown', message, { cause });
}

/** Another process has locked the file. */
function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}
