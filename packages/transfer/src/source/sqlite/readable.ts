import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { codeOf, TransferError } from '../../errors.ts';
import { type OpenOptions, openSource, unusable } from './open.ts';

/** A source that can be read without writing to it. */
export interface ReadableSource {
  /** What to read: the file itself, its links resolved, or a copy of it. */
  readonly file: string;
  readonly isCopy: boolean;
  /** Removes the copy. */
  release(): void;
}

/** What lies beside a file and is part of the database: the journal to undo a transaction, the log to add. */
const COMPANIONS = ['-journal', '-wal'];
const MAX_ATTEMPTS = 3;

/**
 * Makes sure that a file can be read without writing to it or beside it.
 *
 * A crashed writer leaves a journal or a log that SQLite must work into the file before it can be read; and a
 * file in WAL mode cannot be read at all where its folder may not be written. Such a file is copied with its
 * companions to a folder that only this user may enter, and the copy is what gets recovered and read.
 *
 * @throws TransferError `source-unusable` with what is wrong with the file.
 */
export function readableSource(given: string, options?: OpenOptions): ReadableSource {
  try {
    openSource(given, options).close();
    // SQLite looks for the companions beside the file itself, not beside a link to it.
    return { file: realpathSync(given), isCopy: false, release: () => undefined };
  } catch (error) {
    if (!needsCopy(given, error)) throw error;
  }
  return copyAside(realpathSync(given), options);
}

const NEEDS_WRITING = /^SQLITE_READONLY/;
const CANNOT_OPEN = /^SQLITE_CANTOPEN/;

function needsCopy(file: string, error: unknown): boolean {
  const code = codeOf((error as Error).cause);
  // What cannot be opened although its bytes could be read lacks a companion that could not be made.
  return NEEDS_WRITING.test(code) || (CANNOT_OPEN.test(code) && existsSync(file));
}

function copyAside(file: string, options: OpenOptions | undefined): ReadableSource {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-source-'));
  const release = () => rmSync(folder, { recursive: true, force: true });
  const copy = join(folder, basename(file));
  try {
    copyQuietFile(file, copy);
    recover(copy);
    openSource(copy, options).close();
    return { file: copy, isCopy: true, release };
  } catch (error) {
    release();
    throw unusable(file, error);
  }
}

/** Copies a file with its companions while nobody writes to any of them. */
function copyQuietFile(file: string, copy: string): void {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const before = state(file);
    for (const suffix of ['', ...COMPANIONS]) {
      rmSync(copy + suffix, { force: true });
      if (!existsSync(file + suffix)) continue;
      copyFileSync(file + suffix, copy + suffix, constants.COPYFILE_FICLONE);
      // A copy has the mode of what it was made from, and this one must be written by us and read by nobody else.
      chmodSync(copy + suffix, 0o600);
    }
    if (state(file) === before) return;
  }
  throw new TransferError(
    'source-unusable',
    `${file} needs recovery and is being written to at the same time: stop the writers, then try again.`,
  );
}

function state(file: string): string {
  return ['', ...COMPANIONS]
    .map((suffix) => statSync(file + suffix, { bigint: true, throwIfNoEntry: false }))
    .map((stat) => (stat ? `${stat.size} ${stat.mtimeNs} ${stat.ino}` : ''))
    .join('|');
}

/** Lets SQLite undo what a crash left half done, and puts a log's pages where they belong. */
function recover(copy: string): void {
  const db = new Database(copy);
  try {
    db.pragma('journal_mode = DELETE');
  } finally {
    db.close();
  }
}
