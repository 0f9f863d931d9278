import { readSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { TransferError } from '../errors.ts';
import { freeOnDisk, LARGE_FILE_FOLDERS, NamelessFile } from '../nameless-file.ts';
import type { RowChecksums } from '../source/source.ts';

const ROWID_BYTES = Float64Array.BYTES_PER_ELEMENT;
const SUM_BYTES = Uint32Array.BYTES_PER_ELEMENT;
/** What the system says where a file cannot grow: the disk, the user's share of it, or the process's limit. */
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Integers that are kept of a piece: its first rowid, where it begins, and how many rows it has: below 0 for large rowids. */
const KEPT = 3;

/** The checksums of some rows of a table, named as the source names it. */
export interface TableChecksums extends RowChecksums {
  readonly table: string;
}

/**
 * Checksums of all rows of a source on disk, 12 bytes a row: a large source has more of them than memory can hold. What is
 * held is 24 bytes for each piece, and the pieces that are read at the moment.
 *
 * No other process can open the file, and it is gone with this one, however that ends.
 */
export class ChecksumFile {
  readonly #folder = folderOnDisk();
  readonly #file = new NamelessFile(this.#folder, 'checksums');
  readonly #tables = new Map<string, Pieces>();
  #end = 0;

  /**
   * Adds rows in the order of their rowids; none of them lies between those of another piece of the table.
   *
   * @throws TransferError `no-room`
   */
  add(table: string, { rowids, sums }: RowChecksums): void {
    if (rowids.length === 0) return;
    const pieces = this.#tables.get(table) ?? new Pieces();
    this.#tables.set(table, pieces);
    const rows = rowids instanceof Float64Array ? rowids.length : -rowids.length;
    pieces.add(BigInt(rowids[0] as number | bigint), this.#end, rows);
    this.#write(rowids);
    this.#write(sums);
  }

  rows(table: string): number {
    return this.#tables.get(table)?.rows ?? 0;
  }

  /** Bytes of memory that stay taken however often it is read. */
  get heldBytes(): number {
    return [...this.#tables.values()].reduce((sum, { heldBytes }) => sum + heldBytes, 0);
  }

  /** A table's rows in the order of their rowids. What was given before is overwritten by what is given next. */
  *pieces(table: string): Generator<RowChecksums, undefined> {
    const room = { rowids: new Float64Array(0), sums: new Uint32Array(0) };
    for (const { at, rows, isLarge } of this.#tables.get(table)?.inOrder() ?? []) {
      if (room.rowids.length < rows) {
        room.rowids = new Float64Array(rows);
        room.sums = new Uint32Array(rows);
      }
      const rowids = isLarge ? new BigInt64Array(room.rowids.buffer, 0, rows) : room.rowids.subarray(0, rows);
      const piece = { rowids, sums: room.sums.subarray(0, rows) };
      this.#read(piece.rowids, at);
      this.#read(piece.sums, at + rows * ROWID_BYTES);
      yield piece;
    }
    return undefined;
  }

  /** The pieces of all tables, each overwritten by the next. */
  *all(): Generator<TableChecksums, undefined> {
    for (const table of this.#tables.keys()) {
      for (const piece of this.pieces(table)) yield { table, ...piece };
    }
    return undefined;
  }

  close(): void {
    this.#file.close();
  }

  #write({ buffer, byteOffset, byteLength }: Numbers): void {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    try {
      for (let done = 0; done < byteLength; ) {
        const written = writeSync(this.#file.descriptor, bytes, done, byteLength - done, this.#end);
        done += written;
        this.#end += written;
      }
    } catch (cause) {
      const { code = '', message } = cause as NodeJS.ErrnoException;
      if (!NO_ROOM.has(code)) throw cause;
      throw new TransferError(
        'no-room',
        `${this.#folder} has no room for the checksums of all rows, ${ROWID_BYTES + SUM_BYTES} bytes a row (${message}).`,
        { cause, next: { step: 'make-room' } },
      );
    }
  }

  #read({ buffer, byteOffset, byteLength }: Numbers, at: number): void {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    for (let done = 0; done < byteLength; ) {
      const read = readSync(this.#file.descriptor, bytes, done, byteLength - done, at + done);
      if (read === 0) throw new Error(`The checksums in ${this.#folder} end too early.`);
      done += read;
    }
  }
}

type Numbers = RowChecksums['rowids'] | Uint32Array;

/** Where the pieces of one table lie. */
class Pieces {
  rows = 0;
  #kept = new BigInt64Array(KEPT * 64);
  #count = 0;

  get heldBytes(): number {
    return this.#kept.byteLength;
  }

  add(first: bigint, at: number, rows: number): void {
    if (this.#kept.length === this.#count * KEPT) {
      const larger = new BigInt64Array(this.#kept.length * 2);
      larger.set(this.#kept);
      this.#kept = larger;
    }
    this.#kept.set([first, BigInt(at), BigInt(rows)], this.#count++ * KEPT);
    this.rows += Math.abs(rows);
  }

  *inOrder(): Generator<
    { readonly at: number; readonly rows: number; readonly isLarge: boolean },
    undefined
  > {
    const kept = this.#kept;
    const of = (n: number, i: number) => kept[n * KEPT + i] as bigint;
    const order = Uint32Array.from({ length: this.#count }, (_, n) => n);
    order.sort((a, b) => (of(a, 0) < of(b, 0) ? -1 : 1));
    for (const n of order) {
      const rows = Number(of(n, 2));
      yield { at: Number(of(n, 1)), rows: Math.abs(rows), isLarge: rows < 0 };
    }
    return undefined;
  }
}

/** Temporary files of systems that keep them in memory would only be memory by another name. */
function folderOnDisk(): string {
  return LARGE_FILE_FOLDERS.find((folder) => freeOnDisk(folder) !== undefined) ?? tmpdir();
}
