import type { TablePlan } from '../plan/types.ts';
import type { SourceReader } from '../source/source.ts';

/** Lines of the log that are read at once where only the keys are wanted. */
const LINES = 5_000n;

/** The keys that the log names between two of its places, as they are printed; by table. */
export async function readLoggedKeys(
  reader: SourceReader,
  tables: readonly TablePlan[],
  after: bigint,
  last: bigint,
  found: (table: TablePlan, key: readonly (string | null)[]) => void,
): Promise<void> {
  for (let place = after; place < last; place += LINES) {
    const upTo = place + LINES < last ? place + LINES : last;
    const ranges = tables.map((table) => ({ table, changes: { after: place, upTo } }));
    const { ranges: named } = await reader.read(ranges, 'keys');
    for (const [i, { keys }] of named.entries()) for (const key of keys) found(tables[i] as TablePlan, key);
  }
}
