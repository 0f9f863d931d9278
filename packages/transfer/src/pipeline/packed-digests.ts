import type { PackedDigests } from '../plan/rows.ts';
import type { Key } from '../target/target.ts';

const KEY_BYTES = 8;
const DIGEST_BYTES = 32;

/** The keys, as they are printed, of rows that are not in both, or not the same in both. */
export function unequalPacked(source: PackedDigests, target: PackedDigests): Key[] {
  const [ours, theirs] = [new Packed(source), new Packed(target)];
  // As nearly always.
  if (ours.keys.equals(theirs.keys) && ours.digests.equals(theirs.digests)) return [];
  const found: Key[] = [];
  while (ours.key !== undefined || theirs.key !== undefined) {
    const key = least(ours.key, theirs.key);
    const [own, other] = [ours.take(key), theirs.take(key)];
    if (own === undefined || other === undefined || !own.equals(other)) found.push([`${key}`]);
  }
  return found;
}

function least(a: bigint | undefined, b: bigint | undefined): bigint {
  if (a === undefined) return b as bigint;
  return b === undefined || a < b ? a : b;
}

/** Goes through rows in their order. */
class Packed {
  readonly keys: Buffer;
  readonly digests: Buffer;
  /** Of the current row; undefined behind the last. */
  key: bigint | undefined;
  #row = 0;

  constructor({ keys, digests }: PackedDigests) {
    this.keys = bufferOf(keys);
    this.digests = bufferOf(digests);
    this.key = this.#keyOfRow();
  }

  /** The digest of the current row, if it has this key; then the next row is the current one. */
  take(key: bigint): Buffer | undefined {
    if (this.key !== key) return undefined;
    const at = this.#row++ * DIGEST_BYTES;
    this.key = this.#keyOfRow();
    return this.digests.subarray(at, at + DIGEST_BYTES);
  }

  #keyOfRow(): bigint | undefined {
    const at = this.#row * KEY_BYTES;
    return at < this.keys.length ? this.keys.readBigInt64BE(at) : undefined;
  }
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
