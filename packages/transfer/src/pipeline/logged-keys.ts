import type { TablePlan } from '../plan/types.ts';
import type { SourceReader } from '../source/source.ts';

/** Lines of the log that are read at once where only the keys are wanted. */
const LINES = 5_000n;

/**
 * The keys that the log names behind one of its places, as they are printed; by table. Read until nothing is left: a row
 * that is named for what it points to is found as long as it points there, and has a line of its own, further on, when
 * it does not any more.
 *
 * @returns the place at which the log ended
 */
export async function readLoggedKeys(
  reader: SourceReader,
  tables: readonly TablePlan[],
  after: bigint,
  found: (table: TablePlan, key: readonly (string | null)[]) => void,
): Promise<bigint> {
  for (let place = after; ; place += LINES) {
    const upTo = place + LINES;
    const ranges = tables.map((table) => ({ table, changes: { after: place, upTo } }));
    const { ranges: named, logEnd } = await reader.read(ranges, 'keys');
    for (const [i, { keys }] of named.entries()) for (const key of keys) found(tables[i] as TablePlan, key);
    if (logEnd.seq <= upTo) return logEnd.seq;
  }
}
