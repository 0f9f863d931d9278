import type { TablePlan } from '../../plan/types.ts';
import type { DoneRange, PlannedTable, RowRange, TableExtent } from '../source.ts';

/** Rows that a range has at most when ids are dense: some ten megabytes of invoices. */
const ROWS_A_RANGE = 20_000;
/** Bytes that a range of large rows has about: what an interruption costs must not follow the size of rows. */
const BYTES_A_RANGE = 128 * 1024 * 1024;

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

/** Rowids that one reader of a live file works through before it takes the next piece. */
const ROWIDS_A_PIECE = 20_000n;
/** Where rowids lie far apart, pieces are wider: nobody can count to 2^63 in steps. */
const MAX_PIECES = 2_000n;

/** Cuts what is not done yet of tables that go on changing: whatever their rows, and between any two rowids. */
export function cutPieces(
  tables: readonly PlannedTable[],
  done: readonly DoneRange[],
  rowidsAPiece: bigint = ROWIDS_A_PIECE,
): RowRange[] {
  return tables.flatMap(({ table, extent: { bounds } }) => {
    if (bounds === undefined) return [];
    const behind = done
      .filter((range) => range.table === table.target.name)
      .toSorted((a, b) => (a.lowest < b.lowest ? -1 : 1));
    const pieces: RowRange[] = [];
    const least = (bounds.highest - bounds.lowest) / MAX_PIECES + 1n;
    const width = least > rowidsAPiece ? least : rowidsAPiece;
    const cut = (from: bigint, to: bigint) => {
      for (let lowest = from; lowest <= to; lowest += width) {
        const last = lowest + width - 1n;
        pieces.push({ table, bounds: { lowest, highest: last < to ? last : to } });
      }
    };
    let next = bounds.lowest;
    for (const range of behind) {
      cut(next, range.lowest - 1n);
      if (range.highest >= next) next = range.highest + 1n;
    }
    cut(next, bounds.highest);
    return pieces;
  });
}
