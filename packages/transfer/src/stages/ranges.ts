import type { TablePlan } from '../plan/types.ts';
import type { RowRange, TableExtent } from '../readers/protocol.ts';

/** Rows a range has when ids are dense: some ten megabytes of invoices. */
const ROWS_A_RANGE = 20_000;

export interface PlannedTable {
  readonly table: TablePlan;
  readonly extent: TableExtent;
}

/**
 * Cuts tables into ranges of rowids, in an order and at bounds that depend on the source alone: a run that
 * is resumed must find the ranges it began with.
 */
export function cutRanges(tables: readonly PlannedTable[]): RowRange[] {
  return tables.flatMap(({ table, extent }) => cutTable(table, extent));
}

function cutTable(table: TablePlan, { rows, bounds }: TableExtent): RowRange[] {
  if (rows === 0) return [];
  if (bounds === undefined) return [{ table }];
  const count = BigInt(Math.ceil(rows / ROWS_A_RANGE));
  const span = bounds.highest - bounds.lowest + 1n;
  const step = (span + count - 1n) / count;
  const ranges: RowRange[] = [];
  for (let lowest = bounds.lowest; lowest <= bounds.highest; lowest += step) {
    const last = lowest + step - 1n;
    ranges.push({ table, bounds: { lowest, highest: last < bounds.highest ? last : bounds.highest } });
  }
  return ranges;
}

/** Bounds for the ledger: those of a table that is read in one piece are all there can be. */
export function ledgerBounds(range: RowRange): { lowest: bigint; highest: bigint } {
  return range.bounds ?? { lowest: -(2n ** 63n), highest: 2n ** 63n - 1n };
}
