import { Corrupt } from './corrupt.ts';
import type { Pages } from './pages.ts';

const INTERIOR = 0x05;
const LEAF = 0x0d;
const INTERIOR_HEADER = 12;
const LEAF_HEADER = 8;
const FILE_HEADER = 100;
/** SQLite allows no deeper tree (btree.c, BTCURSOR_MAX_DEPTH). */
const MAX_DEPTH = 20;
const MIN_SPILL = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * Walks the rows of a rowid table in the order of their rowids (SQLite file format, 1.6, "B-tree Pages").
 *
 * Rowids are numbers: beyond 2^53 they are the nearest ones, and `exactRowid` tells them.
 */
export class TableCursor {
  /** Of the current row. */
  rowid = 0;
  /** The current row's record lies in `payload` from `start` on, `size` bytes, until the next move. */
  payload: Buffer = Buffer.alloc(0);
  start = 0;
  size = 0;
  /** Bytes of a record from which on it is not read: its row has its size alone. */
  readonly #largest: number;
  readonly #file: Pages;
  readonly #root: number;
  readonly #pages = new Int32Array(MAX_DEPTH);
  readonly #cells = new Int32Array(MAX_DEPTH);
  #depth = 0;
  /** Holds a record that is spread over several pages. */
  #spill: Buffer = Buffer.alloc(0);
  #varint = 0;
  #rowidAt = 0;
  #leaf = 0;
  #cell = 0;
  #cellCount = 0;

  constructor(file: Pages, root: number, largest: number = Number.POSITIVE_INFINITY) {
    this.#file = file;
    this.#root = root;
    this.#largest = largest;
  }

  /** Goes before the first row whose rowid is not below `rowid`. */
  seek(rowid: number): void {
    this.#depth = 0;
    let page = this.#root;
    for (;;) {
      const at = this.#contentAt(page);
      const { buffer } = this.#file;
      const kind = buffer[at];
      const count = buffer.readUInt16BE(at + 3);
      if (kind === LEAF) {
        this.#leaf = page;
        this.#cellCount = count;
        this.#cell = this.#firstNotBelow(page, at, count, rowid, LEAF_HEADER, true);
        return;
      }
      if (kind !== INTERIOR) throw new Corrupt(`page ${page} belongs to no table`);
      // A left child holds the rowids up to its cell's key.
      const child = this.#firstNotBelow(page, at, count, rowid, INTERIOR_HEADER, false);
      this.#push(page, child);
      page = this.#childOf(page, child);
    }
  }

  /** Moves to the next row; false behind the last one. */
  next(): boolean {
    while (this.#cell >= this.#cellCount) {
      if (!this.#nextLeaf()) return false;
    }
    this.#readCell(this.#cell++);
    return true;
  }

  /** Moves to the row with this rowid; false when there is none. */
  find(rowid: number): boolean {
    this.seek(rowid);
    return this.next() && this.rowid === rowid;
  }

  /** Of the current row. */
  exactRowid(): bigint {
    if (Number.isSafeInteger(this.rowid)) return BigInt(this.rowid);
    const at = this.#contentAt(this.#leaf);
    return exactVarint(this.#file.buffer, at + this.#rowidAt);
  }

  /** Gives back what a large record took; the current row is gone with it. */
  release(): void {
    this.#spill = Buffer.alloc(0);
    this.payload = this.#spill;
  }

  #nextLeaf(): boolean {
    while (this.#depth > 0) {
      const level = this.#depth - 1;
      const page = this.#pages[level] as number;
      const child = (this.#cells[level] as number) + 1;
      const at = this.#contentAt(page);
      if (child > this.#file.buffer.readUInt16BE(at + 3)) {
        this.#depth--;
        continue;
      }
      this.#cells[level] = child;
      this.#descendLeft(this.#childOf(page, child));
      return true;
    }
    return false;
  }

  #descendLeft(from: number): void {
    let page = from;
    for (;;) {
      const at = this.#contentAt(page);
      const kind = this.#file.buffer[at];
      if (kind === LEAF) {
        this.#leaf = page;
        this.#cell = 0;
        this.#cellCount = this.#file.buffer.readUInt16BE(at + 3);
        return;
      }
      if (kind !== INTERIOR) throw new Corrupt(`page ${page} belongs to no table`);
      this.#push(page, 0);
      page = this.#childOf(page, 0);
    }
  }

  #push(page: number, cell: number): void {
    if (this.#depth === MAX_DEPTH) throw new Corrupt('a table deeper than any can be');
    this.#pages[this.#depth] = page;
    this.#cells[this.#depth++] = cell;
  }

  /** The number of a child page; the one after the last cell is the right-most pointer. */
  #childOf(page: number, cell: number): number {
    const at = this.#contentAt(page);
    const { buffer } = this.#file;
    if (cell === buffer.readUInt16BE(at + 3)) return buffer.readUInt32BE(at + 8);
    return buffer.readUInt32BE(this.#cellAt(at + INTERIOR_HEADER, cell));
  }

  /** Binary search for the first cell whose key is not below `rowid`. */
  #firstNotBelow(
    page: number,
    at: number,
    count: number,
    rowid: number,
    header: number,
    leaf: boolean,
  ): number {
    const { buffer } = this.#file;
    const pointers = at + header;
    const pageAt = page === 1 ? at - FILE_HEADER : at;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      const pointer = pointers + 2 * middle;
      const cell = pageAt + (((buffer[pointer] as number) << 8) | (buffer[pointer + 1] as number));
      this.#readVarint(buffer, leaf ? this.#readVarint(buffer, cell) : cell + 4);
      if (this.#varint < rowid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #contentAt(page: number): number {
    const at = this.#file.seek(page);
    return page === 1 ? at + FILE_HEADER : at;
  }

  /** Where a cell begins in the page's buffer; its pointer counts from the page's own start. */
  #cellAt(pointers: number, cell: number): number {
    const { buffer, pageSize } = this.#file;
    const pageAt = pointers - (pointers % pageSize);
    const pointer = pointers + 2 * cell;
    return pageAt + (((buffer[pointer] as number) << 8) | (buffer[pointer + 1] as number));
  }

  #readCell(cell: number): void {
    const at = this.#contentAt(this.#leaf);
    const { buffer, usableSize } = this.#file;
    let from = this.#readVarint(buffer, this.#cellAt(at + LEAF_HEADER, cell));
    const size = this.#varint;
    this.#rowidAt = from - at;
    from = this.#readVarint(buffer, from);
    this.rowid = this.#varint;
    this.size = size;
    const most = usableSize - 35;
    if (size <= most) {
      this.payload = buffer;
      this.start = from;
      return;
    }
    if (size > this.#largest) {
      this.payload = NOTHING;
      return;
    }
    // What of a record stays on the leaf when it is too large (SQLite file format, 1.6).
    const least = Math.floor(((usableSize - 12) * 32) / 255) - 23;
    const fitting = least + ((size - least) % (usableSize - 4));
    this.#readOverflow(from, size, fitting <= most ? fitting : least);
  }

  #readOverflow(from: number, size: number, local: number): void {
    const { usableSize } = this.#file;
    if (this.#spill.length < size) this.#spill = Buffer.allocUnsafeSlow(Math.max(size, MIN_SPILL));
    const spill = this.#spill;
    this.#file.buffer.copy(spill, 0, from, from + local);
    let page = this.#file.buffer.readUInt32BE(from + local);
    for (let filled = local; filled < size; ) {
      const at = this.#file.seek(page);
      const { buffer } = this.#file;
      const bytes = Math.min(usableSize - 4, size - filled);
      buffer.copy(spill, filled, at + 4, at + 4 + bytes);
      filled += bytes;
      page = buffer.readUInt32BE(at);
    }
    this.payload = spill;
    this.start = 0;
  }

  /** Reads a varint of up to 9 bytes into `#varint`. @returns where the next one begins */
  #readVarint(buffer: Buffer, from: number): number {
    let byte = buffer[from] as number;
    if (byte < 0x80) {
      this.#varint = byte;
      return from + 1;
    }
    let at = from + 1;
    let value = byte & 0x7f;
    for (let i = 1; i < 8; i++) {
      byte = buffer[at++] as number;
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) {
        this.#varint = value;
        return at;
      }
    }
    // Nine bytes: 64 bits, a sign among them; more than a number holds on the way.
    this.#varint = Number(exactVarint(buffer, from));
    return from + 9;
  }
}

function exactVarint(buffer: Buffer, from: number): bigint {
  let exact = 0n;
  for (let i = from; i < from + 8; i++) {
    const byte = buffer[i] as number;
    exact = (exact << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return exact;
  }
  return BigInt.asIntN(64, (exact << 8n) | BigInt(buffer[from + 8] as number));
}
