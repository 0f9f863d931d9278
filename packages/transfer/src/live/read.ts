import { setTimeout as sleep } from 'node:timers/promises';
import type { Reader } from '../readers/pool.ts';
import type { LiveResult, LiveTask, RowRange } from '../readers/protocol.ts';
import { isBusy } from '../sqlite/patience.ts';

/**
 * What one read transaction may cost the writers: in a rollback journal's mode they wait for its end. Far
 * below the quarter of a second that a write may have to wait, as a thread can lose the processor meanwhile.
 */
const BUDGET: LiveTask['budget'] = { ms: 25, bytes: 4 << 20 };

/** How long another process's lock is waited for, in milliseconds; each attempt waits for 5 s. */
const PATIENCE = 60_000;
const PAUSE = 20;

/** Reads ranges from one state of the file, as far as a short transaction goes. */
export async function readLive(
  reader: Reader,
  ranges: readonly RowRange[],
  want: LiveTask['want'],
): Promise<LiveResult> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await inTurn(() => reader.run({ kind: 'live', ranges, want, budget: BUDGET }));
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      await sleep(PAUSE);
    }
  }
}

let last: Promise<unknown> = Promise.resolve();

/**
 * One read transaction at a time. The threads of a process share SQLite's lock on a file, and a thread that
 * joins one which another holds does not look whether somebody waits for its end: two readers in relays would
 * keep a writer out for as long as they find work.
 */
function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const mine = last.then(work);
  last = mine.catch(() => undefined);
  return mine;
}
