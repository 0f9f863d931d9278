import { setTimeout as sleep } from 'node:timers/promises';
import type { TablePlan } from '../../plan/types.ts';
import { isBusy } from '../../source/sqlite/patience.ts';
import type { Reader } from '../../source/sqlite/readers/pool.ts';
import type { LiveResult, LiveTask, RowRange } from '../../source/sqlite/readers/protocol.ts';

/**
 * What one read transaction may cost the writers: in a rollback journal's mode they wait for its end. Far
 * below the quarter of a second that a write may have to wait, as a thread can lose the processor meanwhile,
 * and the writer's own busy handler sleeps for up to a tenth of a second.
 */
const SHORT: LiveTask['budget'] = { ms: 10, bytes: 4 << 20 };

/** How long another process's lock is waited for, in milliseconds; each attempt waits for 5 s. */
const PATIENCE = 60_000;
const PAUSE = 20;

/**
 * Reads ranges from one state of the file, as far as a short transaction goes.
 *
 * @throws TransferError `source-changed` when that state has not come from the one that was read before
 */
export async function readLive(
  reader: Reader,
  ranges: readonly RowRange[],
  want: LiveTask['want'],
  budget: LiveTask['budget'] = SHORT,
): Promise<LiveResult> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await inTurn(async () => {
        const { seen } = reader;
        if (!seen.isAlone) await untilFree();
        const read = await reader.run({ kind: 'live', ranges, want, budget, since: seen.place });
        seen.place = read.logEnd;
        freeAt = performance.now() + read.heldMs;
        return read;
      });
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

let freeAt = 0;

/**
 * The file is left to others for as long as the last read had it. They look for a free moment ever more seldom, SQLite's
 * own waiting sleeps up to a tenth of a second: of several who write one after the other, the last would wait for seconds.
 */
async function untilFree(): Promise<void> {
  const wait = freeAt - performance.now();
  if (wait > 0) await sleep(Math.ceil(wait));
}

/** Lines of the log that are read at once where only the keys are wanted. */
const LINES = 5_000n;

/** The keys that the log names between two of its places, as they are printed; by table. */
export async function readLoggedKeys(
  reader: Reader,
  tables: readonly TablePlan[],
  after: bigint,
  last: bigint,
  found: (table: TablePlan, key: readonly (string | null)[]) => void,
): Promise<void> {
  for (let place = after; place < last; place += LINES) {
    const upTo = place + LINES < last ? place + LINES : last;
    const ranges = tables.map((table) => ({ table, changes: { after: place, upTo } }));
    const { ranges: named } = await readLive(reader, ranges, 'keys');
    for (const [i, { keys }] of named.entries()) for (const key of keys) found(tables[i] as TablePlan, key);
  }
}
