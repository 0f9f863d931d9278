import { columnType } from '../column-types/registry.ts';
import type { GeneratedColumn, IndexShape } from '../plan/catalog.ts';
import type { BadRow, Locator } from '../plan/rows.ts';
import type { ColumnPlan } from '../plan/types.ts';
import type { PlannedTable, RowRange, Source, SourceView } from '../source/source.ts';
import type { Probe, Probes } from '../target/target.ts';
import { describeBroken, fillProbe, probedTable } from './probe-table.ts';

/** Bytes below which the columns of a row fit into any index, and what an expression makes of them, too. */
const FITS = 2_000;
const FITS_COMPUTED = 500;
/** Rows that are looked at one by one; of more of them the whole table is tried. */
const FEW = 1_000;

export interface Computed {
  readonly generated: readonly GeneratedColumn[];
  readonly indexes: readonly IndexShape[];
}

/**
 * Finds the rows for which the server cannot compute a column, or which are too large for an index, before any is loaded:
 * the server itself tries them. Only rows with large values are tried with an index.
 *
 * @returns the rows by target table
 */
export async function findUncomputable(
  probes: Probes,
  source: Source,
  view: SourceView,
  tables: readonly PlannedTable[],
  { generated, indexes }: Computed,
): Promise<Map<string, BadRow[]>> {
  const found = new Map<string, BadRow[]>();
  for (const { table, extent } of tables) {
    if (extent.rows === 0) continue;
    const name = table.target.name;
    const add = (rows: readonly BadRow[]) => {
      if (rows.length > 0) found.set(name, (found.get(name) ?? []).concat(rows));
    };
    for (const column of generated.filter((one) => one.table === name)) {
      const probed = probedTable(table, column.columns);
      if (probed === undefined || column.columns.length === 0) continue;
      const reason = `what ${name}.${column.name} is computed of cannot be`;
      const rule = { columns: column.columns, reason };
      for (const range of view.cut([{ table: probed, extent }])) {
        add(await tryRanges(probes, view, [range], rule, (probe, last) => probe.notComputed(column, last)));
      }
    }
    const large = indexes.flatMap((index) => {
      const probed = index.table === name ? probedTable(table, index.columns) : undefined;
      return probed?.columns.some(isLarge) ? [{ index, probed }] : [];
    });
    if (large.length === 0) continue;
    // Looked for once, in all the columns that any of the indexes has.
    const columns = table.columns.filter((column) =>
      large.some(({ probed }) => probed.columns.includes(column)),
    );
    const bytes = large.every(({ index }) => index.isPlain) ? FITS : FITS_COMPUTED;
    const rowids = source.look((catalog) => catalog.largeRows({ ...table, columns }, bytes, FEW));
    for (const { index, probed } of large) {
      const ranges =
        rowids === 'many'
          ? view.cut([{ table: probed, extent }])
          : rowids.map((rowid): RowRange => ({ table: probed, bounds: { lowest: rowid, highest: rowid } }));
      const rule = { columns: index.columns, reason: `too large for the index ${index.name}` };
      if (ranges.length > 0) {
        add(await tryRanges(probes, view, ranges, rule, (probe, last) => probe.tooLargeFor(index, last)));
      }
    }
  }
  return found;
}

/** Whether a value of the column may be too large for an index. */
function isLarge({ type }: ColumnPlan): boolean {
  const { isUnbounded, keepsText } = columnType(type).traits;
  // Characters of four bytes.
  return isUnbounded || (keepsText && (type.maxLength ?? FITS) * 4 > FITS);
}

function tryRanges(
  probes: Probes,
  view: SourceView,
  ranges: readonly RowRange[],
  rule: { readonly columns: readonly string[]; readonly reason: string },
  find: (probe: Probe, last: number) => Promise<readonly number[]>,
): Promise<readonly BadRow[]> {
  const { table } = ranges[0] as RowRange;
  return probes.use(table, async (probe) => {
    const locators: Locator[] = [];
    for (const range of ranges) locators.push(...(await fillProbe(probe, view, range)));
    const places = await find(probe, locators.length);
    return describeBroken(
      view,
      table,
      places.map((place) => locators[place - 1] as Locator),
      rule,
    );
  });
}
