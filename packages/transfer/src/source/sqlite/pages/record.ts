import { Corrupt } from './corrupt.ts';
import type { TableCursor } from './table-cursor.ts';

/** Serial types (SQLite file format, 2.1); from 12 on even ones are BLOBs and odd ones texts. */
export const SERIAL_NULL = 0;
export const SERIAL_REAL = 7;
const SERIAL_ZERO = 8;
export const SERIAL_ONE = 9;
export const SERIAL_BLOB = 12;

const FIXED_SIZES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0] as const;

/** Where the values of one row lie: read anew for every row, into the same arrays. */
export class Record {
  /** Values that the row has; a row older than an added column has fewer than the table. */
  count = 0;
  bytes: Buffer = Buffer.alloc(0);
  readonly serials: Float64Array;
  readonly starts: Float64Array;
  readonly ends: Float64Array;

  constructor(columns: number) {
    this.serials = new Float64Array(columns);
    this.starts = new Float64Array(columns);
    this.ends = new Float64Array(columns);
  }

  read(cursor: TableCursor): void {
    const { payload: bytes, start, size } = cursor;
    const { serials, starts, ends } = this;
    const columns = serials.length;
    this.bytes = bytes;
    let at = start;
    let headerSize = bytes[at++] as number;
    if (headerSize >= 0x80) {
      let byte = 0x80;
      headerSize &= 0x7f;
      while (byte >= 0x80) {
        byte = bytes[at++] as number;
        headerSize = headerSize * 128 + (byte & 0x7f);
      }
    }
    const headerEnd = start + headerSize;
    let value = headerEnd;
    let count = 0;
    while (at < headerEnd && count < columns) {
      let serial = bytes[at++] as number;
      if (serial >= 0x80) {
        let byte = 0x80;
        serial &= 0x7f;
        while (byte >= 0x80) {
          byte = bytes[at++] as number;
          serial = serial * 128 + (byte & 0x7f);
        }
      }
      serials[count] = serial;
      starts[count] = value;
      value += serial >= SERIAL_BLOB ? (serial - SERIAL_BLOB) >> 1 : (FIXED_SIZES[serial] as number);
      ends[count++] = value;
    }
    if (value > start + size) throw new Corrupt(`row ${cursor.rowid} is shorter than its header says`);
    this.count = count;
  }
  /** An integer of at most 32 bits; NaN for everything else. */
  smallInteger(position: number): number {
    const { bytes } = this;
    const at = this.starts[position] as number;
    switch (this.serials[position]) {
      case 1:
        return ((bytes[at] as number) << 24) >> 24;
      case 2:
        return bytes.readInt16BE(at);
      case 3:
        return bytes.readIntBE(at, 3);
      case 4:
        return bytes.readInt32BE(at);
      case SERIAL_ZERO:
        return 0;
      case SERIAL_ONE:
        return 1;
      default:
        return Number.NaN;
    }
  }
}
