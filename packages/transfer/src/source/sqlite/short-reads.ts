import { setImmediate } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { beginRead } from './busy.ts';
import { Gaps } from './gaps.ts';

/** Does a piece of work in a read transaction of its own. */
export type InRead = <Result>(work: () => Result) => Promise<Result>;

/** Reads of a file that others write to: with gaps between them, where they keep others from writing. */
export function shortReads(db: Database, waitMs: number): InRead {
  const gaps = new Gaps();
  let version: unknown;
  return async (work) => {
    await setImmediate();
    await gaps.wait();
    beginRead(db, waitMs);
    const began = performance.now();
    const now = db.pragma('data_version', { simple: true });
    const isInTheWay = db.pragma('journal_mode', { simple: true }) !== 'wal';
    try {
      return work();
    } finally {
      db.exec('COMMIT');
      gaps.read(isInTheWay ? performance.now() - began : 0, now !== (version ?? now));
      version = now;
    }
  };
}
