import type { TablePlan } from '../plan/types.ts';
import type { PlannedTable, RowChecksums, SourceView } from '../source/source.ts';
import { steps } from '../source/steps.ts';

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
  view: SourceView,
  tables: readonly PlannedTable[],
): Promise<ChecksummedTable[]> {
  const pieces = new Map<TablePlan, RowChecksums[]>(tables.map(({ table }) => [table, []]));
  await view.runAll(view.cut(tables), async (piece, reader) => {
    for await (const { read } of steps(reader, piece, 'checksum')) {
      if (read.checksums) pieces.get(piece.table)?.push(read.checksums);
    }
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
