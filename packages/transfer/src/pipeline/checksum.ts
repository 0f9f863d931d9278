import type { PlannedTable, RowChecksums, SourceView } from '../source/source.ts';
import { steps } from '../source/steps.ts';
import { ChecksumFile } from './checksum-file.ts';

/**
 * Takes a checksum of every row that has a rowid, as it is stored. Two of them taken at different times tell which rows changed
 * in between, whoever changed them, and whether or not a trigger saw it.
 *
 * @returns by the names of the source's tables; the caller closes it
 */
export async function checksumAll(view: SourceView, tables: readonly PlannedTable[]): Promise<ChecksumFile> {
  const file = new ChecksumFile();
  try {
    const byRowid = tables.filter(({ table }) => table.rowid !== undefined);
    await view.runAll(view.cut(byRowid), async (piece, reader) => {
      for await (const { read } of steps(reader, piece, 'checksum')) {
        if (read.checksums) file.add(piece.table.source, read.checksums);
      }
    });
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Rowids whose rows are not in both, or not the same in both; pieces are in the order of their rowids. */
export function changedRowids(before: Iterable<RowChecksums>, now: Iterable<RowChecksums>): Set<Rowid> {
  const changed = new Set<Rowid>();
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

/** A number wherever one can hold it. */
export type Rowid = number | bigint;

export function toRowid(exact: bigint): Rowid {
  const near = Number(exact);
  return Number.isSafeInteger(near) ? near : exact;
}

const END = Number.POSITIVE_INFINITY;

/** Goes through pieces row by row. */
class Walk {
  rowid: Rowid = END;
  sum = 0;
  readonly #pieces: Iterator<RowChecksums>;
  #piece: RowChecksums | undefined;
  #row = -1;

  constructor(pieces: Iterable<RowChecksums>) {
    this.#pieces = pieces[Symbol.iterator]();
    this.#piece = this.#nextPiece();
    this.next();
  }

  next(): void {
    if (this.#piece && ++this.#row >= this.#piece.rowids.length) {
      this.#piece = this.#nextPiece();
      this.#row = 0;
    }
    const rowid = this.#piece?.rowids[this.#row] ?? END;
    this.rowid = typeof rowid === 'bigint' ? toRowid(rowid) : rowid;
    this.sum = this.#piece ? (this.#piece.sums[this.#row] as number) : 0;
  }

  #nextPiece(): RowChecksums | undefined {
    for (;;) {
      const next = this.#pieces.next();
      if (next.done) return undefined;
      if (next.value.rowids.length > 0) return next.value;
    }
  }
}
