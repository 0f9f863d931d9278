import { hash } from 'node:crypto';

/** Stands between all parts. No closed form holds it: see {@link RowText}. */
export const SEPARATOR = 0x1f;
const MINUS = 0x2d;
const ZERO = 0x30;
/** UTF-16 units up to which a loop is faster than a call into C++. */
const SHORT = 24;
/** Digits of the largest integer that a number holds exactly. */
const MAX_DIGITS = 16;
/** Digits of the longest length, and its separator. */
const MAX_LENGTH_BYTES = 17;
/** The count of missing values, and its separator. */
const COUNT_BYTES = 2;

/**
 * The text of a row, over which both sides compute SHA-256 (the server's is in target/postgres/digest-sql.ts): parts with
 * U+001F between them.
 *
 * First, where the table has columns that are never NULL, how many of them are: 0. Then the byte lengths of all
 * values of an *open* form, −1 for NULL; then every value, nothing for NULL. A *closed* form is never empty and
 * never holds U+001F, so no two rows have one text. (The server's own text leaves a NULL out where none can be:
 * its count is then not 0, and no source row has such a text.)
 */
export class RowText {
  buffer: Buffer = Buffer.allocUnsafeSlow(64 * 1024);
  /** Where the next byte goes. */
  at = 0;
  /** Bytes of the row that was digested last. */
  size = 0;
  readonly #values: number;
  readonly #lengths: Float64Array;
  readonly #counted: boolean;
  #open = 0;

  /**
   * @param open how many of a row's values have an open form
   * @param counted whether the table has columns that are never NULL
   */
  constructor(open: number, counted: boolean) {
    this.#lengths = new Float64Array(open);
    this.#counted = counted;
    // The lengths go in front of the values, and are known last.
    this.#values = (counted ? COUNT_BYTES : 0) + open * MAX_LENGTH_BYTES;
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

  /** An integer that a number holds exactly. */
  integer(value: number): void {
    this.reserve(MAX_DIGITS + 2);
    if (value < 0) this.buffer[this.at++] = MINUS;
    const size = Math.abs(value);
    let digits = 1;
    for (let power = 10; power <= size; power *= 10) digits++;
    this.at += digits;
    this.#writeDigits(size, this.at);
    this.end();
  }

  end(): void {
    this.reserve(1);
    this.buffer[this.at++] = SEPARATOR;
  }

  /** The digest of the row that was written since {@link begin}: 32 characters, each a byte. */
  digest(): string {
    let start = this.#values;
    for (let i = this.#open - 1; i >= 0; i--) start = this.#writeLength(this.#lengths[i] as number, start);
    if (this.#counted) {
      this.buffer[--start] = SEPARATOR;
      this.buffer[--start] = ZERO;
    }
    // Behind the last value stands no separator.
    this.size = this.at - 1 - start;
    return hash('sha256', this.buffer.subarray(start, this.at - 1), 'binary');
  }

  /** Writes a length and its separator so that they end before `end`. @returns where they begin */
  #writeLength(length: number, end: number): number {
    this.buffer[end - 1] = SEPARATOR;
    let at = this.#writeDigits(Math.abs(length), end - 1);
    if (length < 0) this.buffer[--at] = MINUS;
    return at;
  }

  /** Writes an integer of 0 or more so that it ends before `end`. @returns where it begins */
  #writeDigits(value: number, end: number): number {
    const { buffer } = this;
    let at = end;
    let rest = value;
    do {
      const tenth = Math.floor(rest / 10);
      // What is left first: the sum of the two may be more than a number holds exactly.
      buffer[--at] = ZERO + (rest - tenth * 10);
      rest = tenth;
    } while (rest > 0);
    return at;
  }
}
