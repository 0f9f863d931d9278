import { hash } from 'node:crypto';

/** Stands behind every value. No closed form holds it: see {@link RowText}. */
export const SEPARATOR = 0x1f;
const COMMA = 0x2c;
const ZERO = 0x30;
/** UTF-16 units up to which a loop is faster than a call into C++. */
const SHORT = 24;
/** Digits of the longest length, and its comma. */
const MOST_LENGTH_BYTES = 17;

/**
 * The text of a row, over which both sides compute SHA-256 (the server's is in target-sql.ts).
 *
 * First the byte lengths of all values of an *open* form, each with a comma behind it (nothing but the comma
 * for NULL); then every value with U+001F behind it, nothing for NULL. A *closed* form is never empty and
 * never holds U+001F, so no two rows have one text.
 */
export class RowText {
  buffer: Buffer = Buffer.allocUnsafeSlow(64 * 1024);
  /** Where the next byte goes. */
  at = 0;
  readonly #values: number;
  readonly #lengths: Float64Array;
  #open = 0;

  /** @param open how many of a row's values have an open form */
  constructor(open: number) {
    this.#lengths = new Float64Array(open);
    // The lengths go in front of the values, and are known last.
    this.#values = open * MOST_LENGTH_BYTES;
  }

  begin(): void {
    this.at = this.#values;
    this.#open = 0;
  }

  reserve(bytes: number): void {
    const needed = this.at + bytes;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed + (needed >> 2), this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.at);
    this.buffer = grown;
  }

  null(open: boolean): void {
    if (open) this.#lengths[this.#open++] = -1;
    this.end();
  }

  value(text: string, open: boolean): void {
    const start = this.at;
    this.write(text);
    if (open) this.#lengths[this.#open++] = this.at - start;
    this.end();
  }

  /** Bytes of a value; {@link end} it. */
  write(text: string): void {
    const { length } = text;
    this.reserve((length > 4096 ? Buffer.byteLength(text) : length * 3) + 1);
    const { buffer } = this;
    if (length <= SHORT) {
      let i = 0;
      for (; i < length; i++) {
        const unit = text.charCodeAt(i);
        if (unit > 0x7f) break;
        buffer[this.at + i] = unit;
      }
      if (i === length) {
        this.at += length;
        return;
      }
    }
    this.at += buffer.write(text, this.at, 'utf8');
  }

  end(): void {
    this.reserve(1);
    this.buffer[this.at++] = SEPARATOR;
  }

  /** The digest of the row that was written since {@link begin}: 32 characters, each a byte. */
  digest(): string {
    let start = this.#values;
    for (let i = this.#open - 1; i >= 0; i--) start = this.#writeLength(this.#lengths[i] as number, start);
    return hash('sha256', this.buffer.subarray(start, this.at), 'binary');
  }

  /** Writes a length and its comma so that they end before `end`. @returns where they begin */
  #writeLength(length: number, end: number): number {
    const { buffer } = this;
    let at = end;
    buffer[--at] = COMMA;
    if (length < 0) return at;
    let rest = length;
    do {
      const tenth = Math.floor(rest / 10);
      buffer[--at] = ZERO + rest - tenth * 10;
      rest = tenth;
    } while (rest > 0);
    return at;
  }
}
