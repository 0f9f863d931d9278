import type { TablePlan } from '../../plan/types.ts';
import type { DoneRange, PlannedTable, RowRange, TableExtent } from '../source.ts';
import { isReadToEnd } from '../steps.ts';

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

/** Rows that one reader of a live file works through before it takes the next piece; as many rowids where they are dense. */
const ROWS_A_PIECE = 20_000n;
/** So many pieces are found by seeks in a moment in which nobody may be able to write. */
const MAX_PIECES = 2_000n;
/** A piece with fewer rows is not worth the reads and the transactions that each costs. */
const FEW_ROWS = 16;
/** By so much a piece becomes wider that has few. */
const WIDER = 16n;

/** The first row that has so many others before it within two rowids; undefined where there are fewer. */
export type Seek = (lowest: bigint, highest: bigint, before: number) => bigint | undefined;

/**
 * Finds where pieces of a table begin, so that what they cost goes with the rows and not with the distance between them.
 *
 * @param rows about how many there are
 */
export function findCuts({ lowest, highest }: Bounds, rows: number, seek: Seek): bigint[] {
  const span = highest - lowest + 1n;
  const wanted = BigInt(Math.ceil(rows / Number(ROWS_A_PIECE))) || 1n;
  const width = span / (wanted < MAX_PIECES ? wanted : MAX_PIECES) + 1n;
  const cuts: bigint[] = [];
  for (let from = lowest; from <= highest; ) {
    cuts.push(from);
    let wide = width > ROWS_A_PIECE ? width : ROWS_A_PIECE;
    while (from + wide <= highest && seek(from, from + wide - 1n, FEW_ROWS - 1) === undefined) wide *= WIDER;
    from += wide;
  }
  return cuts;
}

type Bounds = NonNullable<TableExtent['bounds']>;

/** Cuts what is not done yet of tables that go on changing: whatever their rows, and between any two rowids. */
export function cutPieces(
  tables: readonly PlannedTable[],
  done: readonly DoneRange[],
  widest: bigint = ROWS_A_PIECE,
): RowRange[] {
  return tables.flatMap(({ table, extent: { bounds, cuts } }) => {
    if (table.rowid === undefined) return isReadToEnd(table, done) ? [] : [{ table }];
    if (bounds === undefined) return [];
    const behind = done
      .filter((range) => range.table === table.target.name)
      .toSorted((a, b) => (a.lowest < b.lowest ? -1 : 1));
    const pieces: RowRange[] = [];
    for (const piece of piecesOf(bounds, cuts)) {
      for (const rest of without(piece, behind)) {
        for (const each of split(rest, widest)) pieces.push({ table, bounds: each });
      }
    }
    return pieces;
  });
}

function piecesOf({ lowest, highest }: Bounds, cuts: readonly bigint[] = [lowest]): Bounds[] {
  return cuts.map((from, i) => ({ lowest: from, highest: (cuts[i + 1] ?? highest + 1n) - 1n }));
}

/** What of a piece lies in none of some ranges. @param behind in order; those before the piece are taken off */
function without({ lowest, highest }: Bounds, behind: Bounds[]): Bounds[] {
  const rest: Bounds[] = [];
  let next = lowest;
  for (let range = behind[0]; range !== undefined && range.lowest <= highest; range = behind[0]) {
    if (range.lowest > next) rest.push({ lowest: next, highest: range.lowest - 1n });
    if (range.highest >= next) next = range.highest + 1n;
    if (range.highest > highest) break;
    behind.shift();
  }
  if (next <= highest) rest.push({ lowest: next, highest });
  return rest;
}

/** Where rowids lie far apart, a piece has few rows. */
function split({ lowest, highest }: Bounds, widest: bigint): Bounds[] {
  if (highest - lowest >= ROWS_A_PIECE) return [{ lowest, highest }];
  const parts: Bounds[] = [];
  for (let from = lowest; from <= highest; from += widest) {
    const last = from + widest - 1n;
    parts.push({ lowest: from, highest: last < highest ? last : highest });
  }
  return parts;
}
