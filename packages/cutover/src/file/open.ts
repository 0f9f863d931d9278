import { existsSync, realpathSync } from 'node:fs';
import { codeOf, TransferError } from '@vatevo/transfer';
import { isBusy } from '@vatevo/transfer/sqlite';
import Database from 'better-sqlite3';
import { readersOf } from './readers.ts';

/** Milliseconds to wait for another process that is just committing. */
const BUSY_TIMEOUT = 10_000;
/** How long another process's transaction is waited for, in milliseconds; nobody else is kept waiting by it. */
export const FILE_WAIT = 15_000;

/**
 * Opens the file for the few short writes that a move makes.
 *
 * `secure_delete` overwrites what is deleted, so that nothing of ours stays behind in free space. Foreign keys
 * are the other side's to check: rows come in any order.
 *
 * `synchronous = EXTRA` makes each of our commits survive a power failure, and with it every commit before, whatever
 * the writers chose for theirs: SQLite flushes the write-ahead log up to our frames, or the whole file and the
 * removal of its journal (pragma.html#pragma_synchronous). The driver's default in WAL mode is NORMAL, which flushes
 * nothing: a fence that was lost after the hand-over would let both databases take writes.
 */
export function openForWriting(file: string): Database.Database {
  try {
    const db = new Database(file, { fileMustExist: true, timeout: BUSY_TIMEOUT });
    db.defaultSafeIntegers(true);
    db.pragma('synchronous = EXTRA');
    db.pragma('secure_delete = ON');
    db.pragma('foreign_keys = OFF');
    // What a command remembers of a large file is no matter of memory.
    db.pragma('temp_store = FILE');
    return db;
  } catch (error) {
    throw notWritable(file, error);
  }
}

/**
 * Lets SQLite undo what a process that died in the middle of a transaction left in the file, as the next writer
 * would: until then nobody who only reads can open it.
 */
export function undoCrashed(file: string): void {
  if (!existsSync(file) || !existsSync(`${realpathSync(file)}-journal`)) return;
  const db = openForWriting(file);
  try {
    db.pragma('schema_version');
  } catch (error) {
    throw notWritable(file, error);
  } finally {
    db.close();
  }
}

/** What stands in the way of a write, as one sentence. */
export function notWritable(file: string, error: unknown): Error {
  const readers = isBusy(error) ? readersOf(file) : [];
  if (readers.length > 0) {
    return new TransferError(
      'locked',
      `${file} is being read in a transaction that does not end, so nothing can be written into it (${readers.join(', ')}): wait for its end (a backup, for instance) or stop it, then run the same command again.`,
      { cause: error },
    );
  }
  const code = codeOf(error);
  const why = EXPLANATIONS.find(([pattern]) => pattern.test(code))?.[1];
  if (why === undefined) return error instanceof Error ? error : new Error(String(error));
  return new TransferError('source-unusable', `${file} ${why}.`, { cause: error });
}

const EXPLANATIONS: readonly (readonly [RegExp, string])[] = [
  [
    /^SQLITE_BUSY|^SQLITE_LOCKED/,
    'stayed locked by a transaction of another process: end it, then run the same command again',
  ],
  [
    /^SQLITE_READONLY|^SQLITE_PERM/,
    'may not be written by this user, and a live move puts triggers into it: run the command as the user that the service runs as',
  ],
  [/^SQLITE_CANTOPEN/, 'cannot be opened for writing: check the permissions of the file and its folder'],
  [
    /^SQLITE_FULL|^SQLITE_IOERR/,
    'could not be written (is its disk full?): make room, then run the same command again',
  ],
  [/^SQLITE_NOTADB/, 'is not a SQLite database or is encrypted: check the path'],
  [/^SQLITE_CORRUPT/, 'is damaged: restore a backup first'],
];
