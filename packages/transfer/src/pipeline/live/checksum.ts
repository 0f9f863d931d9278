import type { TablePlan } from '../../plan/types.ts';
import type { Reader, ReaderPool } from '../../source/sqlite/readers/pool.ts';
import type { RowChecksums } from '../../source/sqlite/readers/protocol.ts';
import type { PlannedTable } from '../ranges.ts';
import { cutPieces, eachStep } from './copy.ts';

/** Checksums of all rows of a table, in pieces that are ordered within themselves. */
export interface ChecksummedTable {
  readonly table: TablePlan;
  readonly pieces: readonly RowChecksums[];
}

/**
 * Takes a checksum of every row as it is stored. Two of them taken at different times tell which rows changed
 * in between, whoever changed them, and whether or not a trigger saw it.
 */
export async function checksumAll(
  pool: ReaderPool,
  tables: readonly PlannedTable[],
): Promise<ChecksummedTable[]> {
  const pieces = new Map<TablePlan, RowChecksums[]>(tables.map(({ table }) => [table, []]));
  await pool.runAll(cutPieces(tables, []), async (piece, reader: Reader) => {
    await eachStep(reader, piece, 'checksum', async ({ checksums }) => {
      if (checksums) pieces.get(piece.table)?.push(checksums);
    });
  });
  return [...pieces].map(([table, found]) => ({ table, pieces: found }));
}

/** Rowids whose rows are not in both, or not the same in both. */
export function changedRowids(before: readonly RowChecksums[], now: readonly RowChecksums[]): Set<number> {
  const changed = new Set<number>();
  const old = new Walk(before);
  const current = new Walk(now);
  while (old.rowid !== END || current.rowid !== END) {
    if (old.rowid === current.rowid) {
      if (old.sum !== current.sum) changed.add(current.rowid);
      old.next();
      current.next();
    } else {
      const behind = old.rowid < current.rowid ? old : current;
      changed.add(behind.rowid);
      behind.next();
    }
  }
  return changed;
}

const END = Number.POSITIVE_INFINITY;

/** Goes through pieces in the order of their rowids. */
class Walk {
  rowid = END;
  sum = 0;
  readonly #pieces: readonly RowChecksums[];
  #piece = 0;
  #row = -1;

  constructor(pieces: readonly RowChecksums[]) {
    this.#pieces = pieces
      .filter(({ rowids }) => rowids.length > 0)
      .toSorted((a, b) => (a.rowids[0] as number) - (b.rowids[0] as number));
    this.next();
  }

  next(): void {
    let piece = this.#pieces[this.#piece];
    if (piece && ++this.#row >= piece.rowids.length) {
      piece = this.#pieces[++this.#piece];
      this.#row = 0;
    }
    this.rowid = piece ? (piece.rowids[this.#row] as number) : END;
    this.sum = piece ? (piece.sums[this.#row] as number) : 0;
  }
}
