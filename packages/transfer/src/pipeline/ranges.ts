import type { TablePlan } from '../plan/types.ts';
import type { RowRange, TableExtent } from '../source/sqlite/readers/protocol.ts';

/** Rows that a range has at most when ids are dense: some ten megabytes of invoices. */
const ROWS_A_RANGE = 20_000;
/** Bytes that a range of large rows has about: what an interruption costs must not follow the size of rows. */
const BYTES_A_RANGE = 128 * 1024 * 1024;

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

function cutTable(table: TablePlan, { rows, bounds, rowBytes = 0 }: TableExtent): RowRange[] {
  if (rows === 0) return [];
  if (bounds === undefined) return [{ table }];
  const count = BigInt(Math.ceil(rows / Math.min(ROWS_A_RANGE, Math.max(1, BYTES_A_RANGE / rowBytes))));
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
