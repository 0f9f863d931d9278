import { columnType } from '../column-types/registry.ts';
import type { GeneratedColumn, IndexShape } from '../plan/catalog.ts';
import type { BadRow, Locator } from '../plan/rows.ts';
import type { ColumnPlan } from '../plan/types.ts';
import type { PlannedTable, RowRange, Source, SourceView } from '../source/source.ts';
import type { Probe, Probes } from '../target/target.ts';
import { describeBroken, fillProbe, probedTable } from './probe-table.ts';
import { FEW, suspectedRanges } from './suspected-ranges.ts';

/** Bytes below which the columns of a row fit into any index, and what an expression makes of them, too. */
const FITS = 2_000;
const FITS_COMPUTED = 500;

export interface Computed {
  readonly generated: readonly GeneratedColumn[];
  readonly indexes: readonly IndexShape[];
}

/**
 * Finds the rows for which the server cannot compute a column, or computes another value than the source holds, or which are too large for an index, before any is loaded:
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
  const add = (name: string, rows: readonly BadRow[]) => {
    if (rows.length > 0) found.set(name, (found.get(name) ?? []).concat(rows));
  };
  const filled = tables.filter(({ extent }) => extent.rows > 0);
  for (const { table, extent } of filled) {
    const { name } = table.target;
    for (const column of generated.filter((one) => one.table === name)) {
      const probed = probedTable(table, column.columns);
      if (probed === undefined || column.columns.length === 0) continue;
      const reason = `what ${name}.${column.name} is computed of cannot be`;
      const rule = { columns: column.columns, reason };
      for (const range of view.cut([{ table: probed, extent }])) {
        const find = (probe: Probe, last: number) => probe.notComputed(column, last);
        add(name, await tryRanges(probes, view, [range], rule, find));
      }
      add(name, await findOther(probes, view, { table, extent }, column));
    }
  }
  for (const { table, extent, large, rowids } of withLargeValues(source, filled, indexes)) {
    for (const { index, probed } of large) {
      const ranges = suspectedRanges(view, { table: probed, extent }, rowids);
      const rule = { columns: index.columns, reason: `too large for the index ${index.name}` };
      if (ranges.length === 0) continue;
      const find = (probe: Probe, last: number) => probe.tooLargeFor(index, last);
      add(table.target.name, await tryRanges(probes, view, ranges, rule, find));
    }
  }
  return found;
}

/** The rows for which the server computes another value than the source holds, where it holds one. */
async function findOther(
  probes: Probes,
  view: SourceView,
  { table, extent }: PlannedTable,
  column: GeneratedColumn,
): Promise<BadRow[]> {
  const { name } = column;
  const held = table.columns.map((one) => (one.target === name ? { ...one, generated: false } : one));
  const probed = probedTable({ ...table, columns: held }, [...column.columns, name]);
  if (probed === undefined) return [];
  const rule = {
    columns: [name],
    reason: `the target computes another value for ${table.target.name}.${name}`,
  };
  const rows: BadRow[] = [];
  for (const range of view.cut([{ table: probed, extent }])) {
    const find = (probe: Probe) => probe.computedOtherwise(column);
    for (const row of await tryRanges(probes, view, [range], rule, find)) rows.push(row);
  }
  return rows;
}

/** The indexes that values of a table may be too large for, and the rows that have such values; in one look at the source. */
function withLargeValues(source: Source, tables: readonly PlannedTable[], indexes: readonly IndexShape[]) {
  return source.look((catalog) =>
    tables.flatMap(({ table, extent }) => {
      const large = indexes.flatMap((index) => {
        const probed = index.table === table.target.name ? probedTable(table, index.columns) : undefined;
        return probed?.columns.some(isLarge) ? [{ index, probed }] : [];
      });
      if (large.length === 0) return [];
      // Looked for once, in all the columns that any of the indexes has.
      const columns = table.columns.filter((column) =>
        large.some(({ probed }) => probed.columns.includes(column)),
      );
      const bytes = large.every(({ index }) => index.isPlain) ? FITS : FITS_COMPUTED;
      return [{ table, extent, large, rowids: catalog.largeRows({ ...table, columns }, bytes, FEW) }];
    }),
  );
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
    for (const range of ranges) {
      for (const locator of await fillProbe(probe, view, range)) locators.push(locator);
    }
    const places = await find(probe, locators.length);
    return describeBroken(
      view,
      table,
      places.map((place) => locators[place - 1] as Locator),
      rule,
    );
  });
}
