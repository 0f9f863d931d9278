import type { LiveTask } from './protocol.ts';

/** Rows, and bytes of them, between two looks at the clock. */
const ROWS_A_LOOK = 16;
const BYTES_A_LOOK = 256 * 1024;

/** What one read of a file that others write to may take: time, and bytes of rows. */
export class Budget {
  readonly #until: number;
  #bytes: number;
  #rows = 0;
  #unlooked = 0;
  spent = false;

  constructor({ ms, bytes }: LiveTask['budget']) {
    this.#until = performance.now() + ms;
    this.#bytes = bytes;
  }

  /** For what nobody waits for. */
  static unlimited(): Budget {
    return new Budget({ ms: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY });
  }

  /** Counts a row. @returns whether another one may be read */
  row(): boolean {
    if (++this.#rows % ROWS_A_LOOK === 0 || this.#unlooked >= BYTES_A_LOOK) {
      this.look();
    }
    return !this.spent;
  }

  /** Looks at the clock. @returns whether there is time left */
  look(): boolean {
    this.#unlooked = 0;
    if (performance.now() >= this.#until) this.spent = true;
    return !this.spent;
  }

  take(bytes: number): void {
    this.#bytes -= bytes;
    this.#unlooked += bytes;
    if (this.#bytes <= 0) this.spent = true;
  }
}
