import type { Database } from 'better-sqlite3';
import type { PackedDigests } from '../../../plan/rows.ts';
import type { RowRange, RowsRead } from '../../source.ts';
import type { ReadValue } from '../proof/canonical.ts';
import { RowDigester } from '../proof/row-digester.ts';
import { NeedsStrictReading, quickRows, strictRows, visitQuickRows } from '../proof/source-rows.ts';
import type { Budget } from './budget.ts';
import type { Turn } from './turn.ts';

const FIRST_CAPACITY = 4_096;
const KEY_BYTES = 8;
const DIGEST_BYTES = 32;

type Row = readonly ReadValue[];

/** What was read. */
interface Packing {
  /** The last key, where the range was not read to its end. */
  readonly stoppedAt?: bigint | undefined;
  /** Digests what was read and is not digested yet. */
  readonly pack: () => Pick<RowsRead, 'rows' | 'packed'>;
}

/**
 * Digests the rows of a range of a table whose rowid is its key.
 *
 * @param budget undefined where a reader is in nobody's way: then all of them, and each as it is read
 * @param turn held while a large row is in memory
 */
export function packDigests(
  db: Database,
  range: RowRange,
  budget: Budget | undefined,
  turn: Turn | undefined,
): Packing {
  try {
    return budget ? packSome(range, quickRows(db, range), budget) : packAll(db, range, turn);
  } catch (error) {
    if (error instanceof NeedsStrictReading) return packSome(range, strictRows(db, range), budget);
    throw error;
  }
}

function packAll(db: Database, range: RowRange, turn: Turn | undefined): Packing {
  const packer = new Packer(range);
  visitQuickRows(db, range, (row) => packer.add(row), turn);
  return { pack: () => packer.packed() };
}

function packSome(range: RowRange, found: Iterable<Row>, budget: Budget | undefined): Packing {
  const packer = new Packer(range);
  if (budget === undefined) {
    for (const row of found) packer.add(row);
    return { pack: () => packer.packed() };
  }
  const rows: Row[] = [];
  let stoppedAt: bigint | undefined;
  for (const row of found) {
    rows.push(row);
    for (const value of row) budget.take(sizeOf(value));
    if (!budget.row()) {
      stoppedAt = packer.keyOf(row);
      break;
    }
  }
  const pack = () => {
    for (const row of rows) packer.add(row);
    return packer.packed();
  };
  return { stoppedAt, pack };
}

class Packer {
  #rows = 0;
  readonly #digester: RowDigester;
  readonly #place: number;
  #keys = Buffer.allocUnsafeSlow(FIRST_CAPACITY * KEY_BYTES);
  #digests = Buffer.allocUnsafeSlow(FIRST_CAPACITY * DIGEST_BYTES);
  #last: bigint | undefined;
  #isInOrder = true;

  constructor({ table }: RowRange) {
    this.#digester = new RowDigester(table);
    this.#place = table.identity[0] as number;
  }

  keyOf(row: Row): bigint {
    return row[this.#place] as bigint;
  }

  add(row: Row): void {
    const key = this.keyOf(row);
    const at = this.#rows++;
    if (this.#keys.length < this.#rows * KEY_BYTES) {
      this.#keys = Buffer.concat([this.#keys, Buffer.allocUnsafeSlow(this.#keys.length)]);
      this.#digests = Buffer.concat([this.#digests, Buffer.allocUnsafeSlow(this.#digests.length)]);
    }
    this.#keys.writeBigInt64BE(key, at * KEY_BYTES);
    this.#digests.write(this.#digester.digest(row), at * DIGEST_BYTES, DIGEST_BYTES, 'latin1');
    if (this.#last !== undefined && key < this.#last) this.#isInOrder = false;
    this.#last = key;
  }

  packed(): Pick<RowsRead, 'rows' | 'packed'> {
    return { rows: this.#rows, packed: this.#inOrder() };
  }

  #inOrder(): PackedDigests {
    const keys = this.#keys.subarray(0, this.#rows * KEY_BYTES);
    const digests = this.#digests.subarray(0, this.#rows * DIGEST_BYTES);
    if (this.#isInOrder) return { keys: Uint8Array.from(keys), digests: Uint8Array.from(digests) };
    // Large rows come behind all others.
    const order = Array.from({ length: this.#rows }, (_, row) => row);
    const key = (row: number) => keys.readBigInt64BE(row * KEY_BYTES);
    order.sort((a, b) => (key(a) < key(b) ? -1 : 1));
    const inOrder = (bytes: Buffer, size: number) =>
      Uint8Array.from(Buffer.concat(order.map((row) => bytes.subarray(row * size, (row + 1) * size))));
    return { keys: inOrder(keys, KEY_BYTES), digests: inOrder(digests, DIGEST_BYTES) };
  }
}

/** What a value takes of a read's budget. */
export function sizeOf(value: ReadValue): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 0;
}
