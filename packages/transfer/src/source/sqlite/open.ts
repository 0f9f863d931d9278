import { existsSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { codeOf, TransferError } from '../../errors.ts';
import { BUSY_TIMEOUT, beginRead } from './busy.ts';
import { readHead } from './read-head.ts';
import { refuseUtf16 } from './utf16.ts';

/** The 16 bytes that every SQLite 3 database begins with (SQLite file format, 1.3). */
const MAGIC = 'SQLite format 3\0';
export interface OpenOptions {
  /** Who reads texts as the bytes that are stored may have any encoding; others are refused UTF-16. */
  readonly anyEncoding?: boolean;
  /** Milliseconds to wait for another process that is just committing; 5 s. */
  readonly waitMs?: number | undefined;
}

/**
 * Opens a SQLite file for reading only: the file is never written.
 *
 * @throws TransferError `source-unusable` with what is wrong with the file.
 */
export function openSource(
  file: string,
  { anyEncoding = false, waitMs = BUSY_TIMEOUT }: OpenOptions = {},
): Database.Database {
  refuseUnlessSqlite(file);
  try {
    const db = new Database(file, { readonly: true, fileMustExist: true, timeout: waitMs });
    try {
      // The first read is what meets a hot journal, a corrupt header or a lock.
      beginRead(db, waitMs);
      if (!anyEncoding) refuseUtf16(file, db);
      db.exec('COMMIT');
      db.defaultSafeIntegers(true);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    if (codeOf(error) === 'SQLITE_NOTADB') refuseOtherMagic(file);
    throw unusable(file, error);
  }
}

/** Opens a file for as long as the work takes; see {@link openSource}. */
export function useSource<Result>(
  file: string,
  work: (db: Database.Database) => Result,
  options?: OpenOptions,
): Result {
  const db = openSource(file, options);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

function refuseUnlessSqlite(file: string): void {
  // A link to nothing, or a folder that may not be entered, is no file either.
  if (!existsSync(file)) {
    throw new TransferError('source-unusable', `There is no file ${file}.`, { next: { step: 'name-file' } });
  }
  const stat = statSync(file);
  if (stat.isDirectory()) {
    throw new TransferError('source-unusable', `${file} is a folder, not a SQLite database.`, {
      next: { step: 'name-file' },
    });
  }
  if (!stat.isFile()) {
    throw new TransferError('source-unusable', `${file} is a pipe, a socket or a device, not a file.`, {
      next: { step: 'name-file' },
    });
  }
  if (stat.size === 0) {
    throw new TransferError(
      'source-unusable',
      `${file} is empty (0 bytes): there is no database in it to move.`,
    );
  }
}

/**
 * Asked only when SQLite refuses the file: closing a file by hand lets go of every lock that this process has on it
 * (POSIX), under the feet of a reader in another thread.
 */
function refuseOtherMagic(file: string): void {
  if (magicOf(file) !== MAGIC) {
    throw new TransferError(
      'source-unusable',
      `${file} is not a SQLite 3 database (or is encrypted): its first bytes are not SQLite's; check the path, or decrypt it first.`,
    );
  }
}

function magicOf(file: string): string {
  try {
    return readHead(file, MAGIC.length).toString('latin1');
  } catch (error) {
    throw unusable(file, error);
  }
}

/**
 * One sentence for each way in which SQLite or the system refuses a file. An error of neither is not the file's fault,
 * and is given back as it is.
 */
export function unusable(file: string, error: unknown): Error {
  if (error instanceof TransferError) return error;
  const code = codeOf(error);
  const said = error instanceof Error ? error.message : String(error);
  if (!REFUSALS.test(code)) return error instanceof Error ? error : new Error(said);
  const why = EXPLANATIONS.find(([pattern]) => pattern.test(code))?.[1] ?? `could not be read (${said})`;
  return new TransferError('source-unusable', `${file} ${why}.`, { cause: error });
}

/** Codes of SQLite, and of the system's calls. */
const REFUSALS = /^SQLITE_|^E[A-Z0-9]+$/;

const EXPLANATIONS: readonly (readonly [RegExp, string])[] = [
  [
    /^SQLITE_BUSY|^SQLITE_LOCKED/,
    'is locked by another process that is writing to it: stop it, or try again when it is done',
  ],
  [
    /^SQLITE_CORRUPT/,
    'is damaged: run `sqlite3 FILE "PRAGMA integrity_check"` and restore a backup, or recover it with `.recover`',
  ],
  [/^SQLITE_NOTADB/, 'is not a SQLite database or is encrypted: check the path, or decrypt it first'],
  [
    /^SQLITE_READONLY_(ROLLBACK|RECOVERY|CANTINIT|CANTLOCK|DIRECTORY)/,
    'needs recovery that would write to it (a journal or write-ahead log of a crashed writer lies beside it): open it once with `sqlite3 FILE "PRAGMA integrity_check"`, then try again',
  ],
  [/^SQLITE_CANTOPEN/, 'cannot be opened: check the permissions of the file and its folder'],
  [/^SQLITE_IOERR/, 'could not be read from the disk: check the file system and try again'],
  [/^EACCES|^EPERM/, 'may not be read by this user: check its permissions'],
];
