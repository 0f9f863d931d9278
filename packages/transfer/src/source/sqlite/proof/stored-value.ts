import { createHash } from 'node:crypto';
import { existsSync, readSync, statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { ProgrammingError, TransferError } from '../../../errors.ts';
import { holdOpen } from '../hold-open.ts';
import { HashedValue } from './canonical.ts';

const FILE_HEADER = 100;
const LEAF = 0x0d;
const INTERIOR = 0x05;
const FIXED_SIZES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0];
const FIRST_BLOB = 12n;

/**
 * The SHA-256 of a value that SQLite's driver does not read, piece by piece from the pages of the file (SQLite file format,
 * 1.6 and 2.1). Nothing of what the copy reads pages with is used here: a fault of that must not hide itself. The open
 * transaction keeps the file as it is, and SQLite's own check has been through these pages.
 */
export function hashStored(db: Database, table: string, rowid: bigint, column: string): HashedValue {
  const log = `${db.name}-wal`;
  if (existsSync(log) && statSync(log).size > 0)
    throw new TransferError(
      'source-refused',
      `${db.name} has a write-ahead log, beside which values of ${table}.${column} are not read: close whatever has it open, then run the same command again.`,
    );
  const find = (sql: string, ...values: string[]) =>
    Number(
      db
        .prepare(sql)
        .pluck()
        .get(...values),
    );
  const root = find(`SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?`, table);
  // Columns that are computed when they are read have no place in a record.
  const place = find(
    'SELECT count(*) FROM pragma_table_xinfo(?) x JOIN pragma_table_xinfo(?) c ON x.cid < c.cid WHERE x.hidden <> 2 AND c.name = ?',
    table,
    table,
    column,
  );
  const hash = createHash('sha256');
  const { serial, pieces } = valueIn(payloadOf(new Pages(holdOpen(db.name)), root, rowid), place);
  if (serial < FIRST_BLOB) throw new ProgrammingError(`${table}.${column}: a large value that is a number`);
  for (const piece of pieces) hash.update(piece);
  return new HashedValue(serial % 2n === 0n ? 'blob' : 'text', hash.digest('hex'));
}

class Pages {
  /** Bytes of a page that may hold content. */
  readonly usable: number;
  readonly #file: number;
  readonly #size: number;

  constructor(file: number) {
    this.#file = file;
    const header = this.#read(FILE_HEADER, 0);
    this.#size = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
    this.usable = this.#size - header.readUInt8(20);
  }

  page(number: number): Buffer {
    return this.#read(this.#size, (number - 1) * this.#size);
  }

  #read(bytes: number, from: number): Buffer {
    const found = Buffer.alloc(bytes);
    if (readSync(this.#file, found, 0, bytes, from) === bytes) return found;
    throw new ProgrammingError('a page is not where the file says');
  }
}

/** The pieces of a row's record, in their order. */
function* payloadOf(pages: Pages, root: number, rowid: bigint): Generator<Buffer, undefined> {
  let number = root;
  for (;;) {
    const page = pages.page(number);
    const header = number === 1 ? FILE_HEADER : 0;
    const count = page.readUInt16BE(header + 3);
    const kind = page.readUInt8(header);
    if (kind !== LEAF && kind !== INTERIOR) throw new ProgrammingError(`page ${number} is of no table`);
    const cells = header + (kind === LEAF ? 8 : 12);
    let child = page.readUInt32BE(header + 8);
    for (let cell = 0; cell < count; cell++) {
      const at = page.readUInt16BE(cells + 2 * cell);
      if (kind === LEAF) {
        const [size, behindSize] = varint(page, at);
        const [key, start] = varint(page, behindSize);
        if (key !== rowid) continue;
        yield* cellPayload(pages, page, start, Number(size));
        return undefined;
      }
      if (varint(page, at + 4)[0] < rowid) continue;
      child = page.readUInt32BE(at);
      break;
    }
    if (kind === LEAF) throw new ProgrammingError(`there is no row ${rowid}`);
    number = child;
  }
}

function* cellPayload(pages: Pages, page: Buffer, start: number, size: number): Generator<Buffer, undefined> {
  const { usable } = pages;
  const most = usable - 35;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const rest = least + ((size - least) % (usable - 4));
  let local = size;
  if (size > most) local = rest <= most ? rest : least;
  yield page.subarray(start, start + local);
  let next = size > local ? page.readUInt32BE(start + local) : 0;
  for (let left = size - local; left > 0; left -= usable - 4) {
    const overflow = pages.page(next);
    yield overflow.subarray(4, 4 + Math.min(left, usable - 4));
    next = overflow.readUInt32BE(0);
  }
  return undefined;
}

/** A value's serial type, and its bytes in pieces. */
function valueIn(payload: Iterator<Buffer>, place: number): { serial: bigint; pieces: Iterable<Buffer> } {
  let head = Buffer.alloc(0);
  const more = () => {
    const next = payload.next();
    if (next.done) throw new ProgrammingError('a record ends before its values');
    return next.value;
  };
  // The length of the header is a varint of nine bytes at the most.
  while (head.length < 9) head = Buffer.concat([head, more()]);
  const [headerSize, firstSerial] = varint(head, 0);
  while (head.length < headerSize) head = Buffer.concat([head, more()]);
  let from = Number(headerSize);
  for (let at = firstSerial, i = 0; ; i++) {
    const [serial, next] = varint(head, at);
    const bytes =
      serial < FIRST_BLOB ? (FIXED_SIZES[Number(serial)] ?? 0) : Number((serial - FIRST_BLOB) / 2n);
    if (i === place) return { serial, pieces: cut(head, more, from, bytes) };
    from += bytes;
    at = next;
  }
}

/** So many bytes from a place on. @param more what follows the first piece */
function* cut(first: Buffer, more: () => Buffer, from: number, bytes: number): Generator<Buffer, undefined> {
  let piece = first;
  let skip = from;
  for (let left = bytes; left > 0; piece = left > 0 ? more() : piece) {
    const part = piece.subarray(skip, skip + left);
    skip = Math.max(0, skip - piece.length);
    left -= part.length;
    if (part.length > 0) yield part;
  }
  return undefined;
}

/** @returns the number, and where the next one begins */
function varint(bytes: Buffer, from: number): [value: bigint, next: number] {
  let value = 0n;
  for (let i = 0; i < 8; i++) {
    const byte = bytes.readUInt8(from + i);
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return [value, from + i + 1];
  }
  return [BigInt.asIntN(64, (value << 8n) | BigInt(bytes.readUInt8(from + 8))), from + 9];
}
