import type { Database } from 'better-sqlite3';
import { codeOf } from '../../errors.ts';

/** Milliseconds to wait for another process that is just committing. */
export const BUSY_TIMEOUT = 5_000;

/** Milliseconds after which it is no commit that is waited for, and there is no hurry. */
const SOON = 1_000;
const PAUSE = 20;
/** Times that is looked once more at a journal that seems to be left from a crash. */
const MAX_LOOKS = 5;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Does what may meet another process's lock, trying again every millisecond, and after a second every 20.
 *
 * SQLite's own busy handler sleeps longer and longer, up to a tenth of a second: beside a service that commits
 * hundreds of times a second it hardly ever wakes up at a moment when the file is free.
 */
export function retryWhileBusy<Result>(work: () => Result, forMs: number = BUSY_TIMEOUT): Result {
  const began = performance.now();
  for (let looks = 0; ; ) {
    try {
      return work();
    } catch (error) {
      const waited = performance.now() - began;
      if (waited > forMs || !(isBusy(error) || (seemsCrashed(error) && looks++ < MAX_LOOKS))) throw error;
      Atomics.wait(sleeper, 0, 0, waited < SOON ? 1 : PAUSE);
    }
  }
}

export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY');
}

/**
 * Who only reads is told so, too, at the moment in which somebody else takes a transaction back: SQLite sees the journal,
 * and then nobody who holds it (pager.c, hasHotJournal, "Race condition here").
 */
function seemsCrashed(error: unknown): boolean {
  return codeOf(error) === 'SQLITE_READONLY_ROLLBACK';
}

/** Begins a transaction that sees one state of the file until it ends. */
export function beginRead(db: Database, forMs?: number): void {
  withoutBusyHandler(db, () =>
    retryWhileBusy(() => {
      db.exec('BEGIN');
      try {
        // A deferred transaction holds its snapshot from the first read on.
        db.prepare('SELECT count(*) FROM sqlite_schema').get();
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    }, forMs),
  );
}

/**
 * Begins a transaction that writes and does not have to wait for anybody at its end.
 *
 * With a rollback journal nobody commits while somebody reads, and who waits for that at the end of a transaction keeps
 * new readers out, and writers: with a long reader (a backup is one) for as long as it waits. So it is waited for in the
 * beginning, and each look gives all locks back. With a write-ahead log readers are in nobody's way.
 */
export function beginWrite(db: Database, forMs?: number): void {
  withoutBusyHandler(db, () => retryWhileBusy(() => db.exec('BEGIN EXCLUSIVE'), forMs));
}

/** Does what would else wait in SQLite, with locks in its hands. */
export function withoutBusyHandler<Result>(db: Database, work: () => Result): Result {
  const before = db.pragma('busy_timeout', { simple: true });
  db.pragma('busy_timeout = 0');
  try {
    return work();
  } finally {
    db.pragma(`busy_timeout = ${before}`);
  }
}
