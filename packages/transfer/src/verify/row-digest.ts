import { hash } from 'node:crypto';

const NULL_MARK = 0x4e; // N
const VALUE_MARK = 0x56; // V
const COLON = 0x3a;

/**
 * SHA-256 of a row: over its values in order, `N` for NULL, else `V`, the length in UTF-8 bytes, `:` and
 * the bytes, so that no two rows share a text. The server computes the same (see target-sql.ts).
 */
export class RowDigest {
  #buffer = Buffer.allocUnsafe(64 * 1024);
  #high = 0n;
  #low = 0n;

  /** Sums of the leading two 64-bit halves of the digests added, as signed numbers. */
  get sums(): readonly [bigint, bigint] {
    return [this.#high, this.#low];
  }

  add(values: readonly (string | null)[]): void {
    const hex = this.of(values);
    this.#high += BigInt.asIntN(64, BigInt(`0x${hex.slice(0, 16)}`));
    this.#low += BigInt.asIntN(64, BigInt(`0x${hex.slice(16, 32)}`));
  }

  /** The row's digest in hex. */
  of(values: readonly (string | null)[]): string {
    let at = 0;
    for (const value of values) {
      if (value === null) {
        at = this.#reserve(at, 1);
        this.#buffer[at++] = NULL_MARK;
        continue;
      }
      const length = Buffer.byteLength(value);
      const size = String(length);
      at = this.#reserve(at, 2 + size.length + length);
      this.#buffer[at++] = VALUE_MARK;
      for (let i = 0; i < size.length; i++) this.#buffer[at++] = size.charCodeAt(i);
      this.#buffer[at++] = COLON;
      at += this.#buffer.write(value, at);
    }
    return hash('sha256', this.#buffer.subarray(0, at), 'hex');
  }

  #reserve(at: number, bytes: number): number {
    if (at + bytes > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(at + bytes, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, at);
      this.#buffer = grown;
    }
    return at;
  }
}
