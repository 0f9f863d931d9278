import type { CheckConstraint } from '../plan/catalog.ts';
import type { BadRow, Locator } from '../plan/rows.ts';
import type { PlannedTable, RowRange, SourceView } from '../source/source.ts';
import type { Probes } from '../target/target.ts';
import { isInterval, outermost } from './intervals.ts';
import { describeBroken, fillProbe, probedTable } from './probe-table.ts';

/**
 * Finds the rows that a CHECK of the target would reject, or for which it has no partition, before any is loaded: the columns that the CHECKs
 * read go into a temporary table, and the server itself says which rows break which.
 *
 * A CHECK that reads a column which the server fills is left to the load, which rejects as well.
 *
 * @returns the rows by target table
 */
export async function findBrokenChecks(
  probes: Probes,
  view: SourceView,
  tables: readonly PlannedTable[],
  checks: readonly CheckConstraint[],
): Promise<Map<string, BadRow[]>> {
  const found = new Map<string, BadRow[]>();
  for (const { table, extent } of tables) {
    const own: CheckConstraint[] = [];
    for (const check of checks) {
      const of = check.table === table.target.name ? probedTable(table, check.columns) : undefined;
      if (of !== undefined && !(await isKeptByEnds(probes, view, { table: of, extent }, check)))
        own.push(check);
    }
    const probed = probedTable(
      table,
      own.flatMap(({ columns }) => columns),
    );
    if (own.length === 0 || probed === undefined || extent.rows === 0) continue;
    const rows: BadRow[] = [];
    for (const range of view.cut([{ table: probed, extent }])) {
      for (const row of await probeRange(probes, view, range, own)) rows.push(row);
    }
    if (rows.length > 0) found.set(table.target.name, rows);
  }
  return found;
}

/** Whether no row can break it, since neither the row with the least number does nor the one with the greatest. */
async function isKeptByEnds(
  probes: Probes,
  view: SourceView,
  planned: PlannedTable,
  check: CheckConstraint,
): Promise<boolean> {
  const ends = isInterval(check) ? outermost(planned) : undefined;
  if (ends === undefined) return false;
  return probes.use(planned.table, async (probe) => {
    for (const end of ends) {
      const locators = await fillProbe(probe, view, end);
      // A row that the column's type refuses tells nothing of the others.
      if (locators.length !== 1) return false;
    }
    return (await probe.breaking(check)).length === 0;
  });
}

function probeRange(
  probes: Probes,
  view: SourceView,
  range: RowRange,
  checks: readonly CheckConstraint[],
): Promise<BadRow[]> {
  return probes.use(range.table, async (probe) => {
    const locators = await fillProbe(probe, view, range);
    const broken: BadRow[] = [];
    for (const check of checks) {
      const { reason, columns } = check;
      const those = (await probe.breaking(check)).map((place) => locators[place - 1] as Locator);
      for (const row of await describeBroken(view, range.table, those, { columns, reason })) broken.push(row);
    }
    return broken;
  });
}
