/** A power of two: some tenths of what a range of rows points to, in 48 KB. */
const SLOTS = 4_096;

/** Integers of 32 bits by the keys that lead to them: of each key the one slot that it leads to remembers the last. */
export class KnownIntegers {
  readonly #keys = new Float64Array(SLOTS).fill(Number.NaN);
  readonly #values = new Int32Array(SLOTS);

  /** NaN where nothing is known. */
  get(key: number): number {
    const slot = key & (SLOTS - 1);
    return this.#keys[slot] === key ? (this.#values[slot] as number) : Number.NaN;
  }

  set(key: number, value: number): void {
    const slot = key & (SLOTS - 1);
    this.#keys[slot] = key;
    this.#values[slot] = value;
  }

  clear(): void {
    this.#keys.fill(Number.NaN);
  }
}
