/** Rows after which the sums are made exact again: 2^20 sums of 32 bits stay below 2^53. */
const MAX_ROWS = 1 << 20;

/**
 * Sums of row digests' two leading 64-bit halves, modulo 2^64. They do not depend on the order of rows, and
 * rows that cancel each other out would have to be found in 128 bits.
 */
export class DigestSum {
  rows = 0;
  #high = 0n;
  #low = 0n;
  // Four lanes of 32 bits, as numbers: a BigInt for every row would cost more than its hash.
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  /** @param digest 32 characters, each a byte */
  add(digest: string): void {
    this.#a += lane(digest, 0);
    this.#b += lane(digest, 4);
    this.#c += lane(digest, 8);
    this.#d += lane(digest, 12);
    if (++this.rows % MAX_ROWS === 0) this.#fold();
  }

  get sums(): readonly [bigint, bigint] {
    this.#fold();
    return [this.#high, this.#low];
  }

  #fold(): void {
    this.#high = BigInt.asUintN(64, this.#high + (BigInt(this.#a) << 32n) + BigInt(this.#b));
    this.#low = BigInt.asUintN(64, this.#low + (BigInt(this.#c) << 32n) + BigInt(this.#d));
    this.#a = this.#b = this.#c = this.#d = 0;
  }
}

function lane(digest: string, at: number): number {
  return (
    digest.charCodeAt(at) * 0x100_0000 +
    ((digest.charCodeAt(at + 1) << 16) | (digest.charCodeAt(at + 2) << 8) | digest.charCodeAt(at + 3))
  );
}
