import { createHash } from 'node:crypto';
import type { Cell } from './rows.ts';

/** Characters after which the hash is fed. */
const MAX_PENDING = 1 << 16;

/** SHA-256 over every value of a table: its storage class, its length where it has one, and its bytes. */
export class TableDigest {
  rows = 0;
  readonly #hash = createHash('sha256');
  readonly #real = Buffer.alloc(8);
  #pending = '';

  add(row: readonly Cell[]): void {
    this.rows++;
    for (const cell of row) this.#cell(cell);
    if (this.#pending.length > MAX_PENDING) this.#feed();
  }

  hex(): string {
    this.#feed();
    return this.#hash.digest('hex');
  }

  #cell(cell: Cell): void {
    if (cell === null) this.#pending += 'n';
    else if (typeof cell === 'bigint') this.#pending += `i${cell};`;
    else if (typeof cell === 'string') this.#pending += `b${cell.length}:${cell}`;
    else if (typeof cell === 'number') {
      this.#real.writeDoubleBE(cell);
      this.#pending += `r${this.#real.toString('hex')}`;
    } else {
      this.#pending += `t${cell.length}:`;
      this.#feed();
      this.#hash.update(cell);
    }
  }

  #feed(): void {
    this.#hash.update(this.#pending, 'latin1');
    this.#pending = '';
  }
}
