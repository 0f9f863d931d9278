import type { Database } from 'better-sqlite3';

/** Milliseconds to wait for another process that is just committing. */
export const BUSY_TIMEOUT = 5_000;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Does what may meet another process's lock, trying again every millisecond.
 *
 * SQLite's own busy handler sleeps longer and longer, up to a tenth of a second: beside a service that commits
 * hundreds of times a second it hardly ever wakes up at a moment when the file is free.
 */
export function retryWhileBusy<Result>(work: () => Result, forMs: number = BUSY_TIMEOUT): Result {
  const deadline = performance.now() + forMs;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      Atomics.wait(sleeper, 0, 0, 1);
    }
  }
}

export function isBusy(error: unknown): boolean {
  return String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY');
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

/** Begins a transaction that writes; its end waits for readers, and keeps new ones out meanwhile. */
export function beginWrite(db: Database, forMs?: number): void {
  withoutBusyHandler(db, () => retryWhileBusy(() => db.exec('BEGIN IMMEDIATE'), forMs));
}

function withoutBusyHandler(db: Database, work: () => void): void {
  const before = db.pragma('busy_timeout', { simple: true });
  db.pragma('busy_timeout = 0');
  try {
    work();
  } finally {
    db.pragma(`busy_timeout = ${before}`);
  }
}
