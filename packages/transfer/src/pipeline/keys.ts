import type { ServerKey } from '../plan/catalog.ts';
import type { BadRow, Locator } from '../plan/rows.ts';
import type { PlannedTable, RowRange, SourceView } from '../source/source.ts';
import type { Probes } from '../target/target.ts';
import { describeBroken, fillProbe, probedTable } from './probe-table.ts';

/**
 * Finds the rows that a unique index on expressions or with a predicate, or an exclusion constraint, would not
 * let in, before any is loaded: the columns that it reads go into a temporary table, all rows of them, and the
 * server itself says which are in each other's way.
 *
 * What cannot be tried here (a key that reads what the server fills, or the row as a whole) is left to
 * finalization, which refuses as well.
 *
 * @returns the rows by target table
 */
export async function findBrokenKeys(
  probes: Probes,
  view: SourceView,
  tables: readonly PlannedTable[],
  keys: readonly ServerKey[],
): Promise<Map<string, BadRow[]>> {
  const found = new Map<string, BadRow[]>();
  for (const { table, extent } of tables) {
    for (const key of keys) {
      if (key.table !== table.target.name || key.columns.length === 0 || extent.rows === 0) continue;
      const probed = probedTable(table, key.columns);
      if (probed === undefined) continue;
      const rows = await probeKey(probes, view, view.cut([{ table: probed, extent }]), key);
      if (rows.length > 0) found.set(key.table, (found.get(key.table) ?? []).concat(rows));
    }
  }
  return found;
}

async function probeKey(
  probes: Probes,
  view: SourceView,
  ranges: readonly RowRange[],
  key: ServerKey,
): Promise<BadRow[]> {
  const { table } = ranges[0] as RowRange;
  const ends: number[] = [];
  const broken = await probes.use(table, async (probe) => {
    for (const range of ranges) {
      const locators = await fillProbe(probe, view, range);
      ends.push((ends.at(-1) ?? 0) + locators.length);
    }
    return probe.refusedBy(key, ends.at(-1) ?? 0);
  });
  const rows: BadRow[] = [];
  for (const { reason, places } of broken) {
    const locators = await locate(view, ranges, ends, places);
    const rule = { columns: key.columns, reason };
    for (const row of await describeBroken(view, table, locators, rule)) rows.push(row);
  }
  return rows;
}

/** The rows at these places. Ranges are read again: the locators of all rows would be too many to keep. */
async function locate(
  view: SourceView,
  ranges: readonly RowRange[],
  ends: readonly number[],
  places: readonly number[],
): Promise<Locator[]> {
  const found: Locator[] = [];
  let next = 0;
  for (const [i, range] of ranges.entries()) {
    const begin = i === 0 ? 0 : (ends[i - 1] as number);
    const end = ends[i] as number;
    if (next === places.length || (places[next] as number) > end) continue;
    const { locators } = await view.runOnce({ kind: 'probe', range });
    while (next < places.length && (places[next] as number) <= end) {
      found.push(locators[(places[next++] as number) - begin - 1] as Locator);
    }
  }
  return found;
}
