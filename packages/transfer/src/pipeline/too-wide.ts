import { TransferError } from '../errors.ts';
import type { BadRow, Locator } from '../plan/rows.ts';
import { copiedColumns, type TablePlan } from '../plan/types.ts';
import type { PlannedTable, RowRange, Source, SourceView } from '../source/source.ts';
import type { Probes } from '../target/target.ts';
import { describeBroken } from './probe-table.ts';
import { FEW, suspectedRanges } from './suspected-ranges.ts';

/**
 * Values that fit into a page of 8 KiB whatever they are: none takes more than 24 bytes of it, for what is longer lies
 * elsewhere.
 */
const FIT = 320;

/**
 * Finds the rows that fill more than a page of the target, before any is loaded: the server itself tries those with very many
 * values.
 *
 * @returns the rows by target table
 * @throws TransferError `source-refused` for a table whose rows cannot be told apart for it
 */
export async function findTooWide(
  probes: Probes,
  source: Source,
  view: SourceView,
  tables: readonly PlannedTable[],
): Promise<Map<string, readonly BadRow[]>> {
  const found = new Map<string, readonly BadRow[]>();
  for (const { table, extent } of tables) {
    const copied = { ...table, columns: copiedColumns(table) };
    if (extent.rows === 0 || copied.columns.length <= FIT) continue;
    const full = source.look((catalog) => catalog.fullRows(copied, FIT, FEW));
    const ranges = suspectedRanges(view, { table: copied, extent }, full);
    if (ranges.length === 0) continue;
    const locators = await probes.fitting(copied, async (fit) => {
      const wide: Locator[] = [];
      for (const range of ranges) wide.push(...(await tooWideIn(range, view, fit)));
      return wide;
    });
    const columns = table.identity.flatMap((i) => table.columns[i]?.target ?? []);
    const reason = 'wider than a page of PostgreSQL, which takes 8,160 bytes of all its columns';
    const rows = await describeBroken(view, copied, locators, { columns, reason });
    if (rows.length > 0) found.set(table.target.name, rows);
  }
  return found;
}

/** Looks into halves of a range until it is a row. */
async function tooWideIn(
  range: RowRange,
  view: SourceView,
  fit: (data: Uint8Array) => Promise<boolean>,
): Promise<Locator[]> {
  const { data, locators } = await view.runOnce({ kind: 'probe', range });
  if (locators.length === 0 || (await fit(data))) return [];
  if (locators.length === 1) return [...locators];
  if (range.bounds === undefined) throw tooWide(range.table);
  const { lowest, highest } = range.bounds;
  const middle = lowest + (highest - lowest) / 2n;
  return [
    ...(await tooWideIn({ ...range, bounds: { lowest, highest: middle } }, view, fit)),
    ...(await tooWideIn({ ...range, bounds: { lowest: middle + 1n, highest } }, view, fit)),
  ];
}

function tooWide({ source, columns }: TablePlan): TransferError {
  return new TransferError(
    'source-refused',
    `${source} has rows of ${columns.length} columns that are wider than a page of PostgreSQL, which takes 8,160 bytes of all of them: leave columns behind by name, or give the target fewer.`,
  );
}
