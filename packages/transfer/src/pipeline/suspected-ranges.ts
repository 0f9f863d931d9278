import type { PlannedTable, RowRange, SourceView } from '../source/source.ts';

/** The rows that are looked at one by one, or of very many of them the whole table. */
export function suspectedRanges(
  view: SourceView,
  planned: PlannedTable,
  rowids: readonly bigint[] | 'many',
): readonly RowRange[] {
  if (rowids === 'many') return view.cut([planned]);
  return rowids.map((rowid) => ({ table: planned.table, bounds: { lowest: rowid, highest: rowid } }));
}

/** Rows that are looked at one by one at the most. */
export const FEW = 1_000;
