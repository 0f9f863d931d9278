import { isUtf8 } from 'node:buffer';
import type { CopyWriter } from '../../../column-types/encode/copy-writer.ts';
import { storageClass } from '../../../column-types/encode/storage-class.ts';
import type { SqliteValue, StorageCensus } from '../../../column-types/types.ts';
import type { SourceColumn } from '../../../plan/catalog.ts';
import { showValue } from '../../../plan/show.ts';
import { type ColumnEvidence, type Digits, type Reading, saysSecret } from '../../evidence.ts';
import { Trial } from './trial.ts';

type Present = Exclude<SqliteValue, null>;

const SAMPLES = 3;
const DECIMAL = /^[+-]?(\d+)(?:\.(\d*))?$|^[+-]?\.(\d+)$/;

/** Counts what one column holds, value by value. */
export class ColumnTally {
  readonly column: SourceColumn;
  readonly #secret: boolean;
  readonly #trials: readonly Trial[];
  readonly #stored: StorageCensus = { null: 0, integer: 0, real: 0, text: 0, blob: 0 };
  readonly #samples: Present[] = [];
  readonly #besideZero = new Ends<bigint | number>();
  readonly #integers = new Ends<bigint>();
  readonly #reals = new Ends<number>();
  readonly #realDigits = new MostDigits();
  readonly #textLengths = new Ends<number>();
  readonly #decimalDigits = new MostDigits();
  readonly #blobLengths = new Ends<number>();
  #rows = 0;
  #large = 0;
  #whole = 0;
  #endless = 0;
  #empty = 0;
  #withNul = 0;
  #broken = 0;
  #utf8 = 0;

  constructor(column: SourceColumn, readings: readonly Reading[], out: CopyWriter) {
    this.column = column;
    this.#secret = saysSecret(column.name);
    this.#trials = readings.map((reading) => new Trial(reading, out));
  }

  /** A value that is too large to be read as a whole. */
  addLarge(stored: 'text' | 'blob'): void {
    this.#rows++;
    this.#large++;
    this.#stored[stored]++;
  }

  /** @param isBroken asked of texts only: whether the bytes are not UTF-8 */
  add(value: SqliteValue, isBroken: () => boolean): void {
    this.#rows++;
    this.#stored[storageClass(value)]++;
    if (value === null) return;
    let broken = false;
    if (typeof value === 'bigint') {
      this.#integers.add(value);
      if (value !== 0n) this.#besideZero.add(value);
    } else if (typeof value === 'number') this.#addReal(value);
    else if (typeof value === 'string') {
      broken = isBroken();
      this.#addText(value, broken);
    } else this.#addBlob(value);
    if (this.#samples.length < SAMPLES && !this.#samples.some((sample) => isSame(sample, value))) {
      this.#samples.push(value);
    }
    for (const trial of this.#trials) trial.add(value, broken);
  }

  evidence(): Omit<ColumnEvidence, 'largest'> {
    const samples = this.#secret ? [] : this.#samples;
    const ends = this.#besideZero.both;
    const shown = this.#secret ? [] : [...new Set<Present>([...samples, ...ends])];
    const besideZero = this.#besideZero.range;
    const integers = this.#integers.range;
    const reals = this.#reals.range;
    const texts = this.#textLengths.range;
    const blobs = this.#blobLengths.range;
    return {
      column: this.column.name,
      declaredType: this.column.declaredType,
      rows: this.#rows,
      stored: this.#stored,
      large: this.#large,
      ...(besideZero && { besideZero }),
      ...(integers && { integers }),
      ...(this.#stored.real > 0 && {
        reals: {
          ...(reals ?? { lowest: 0, highest: 0 }),
          whole: this.#whole,
          digits: this.#realDigits.digits,
          endless: this.#endless,
        },
      }),
      ...(texts && {
        texts: {
          shortest: texts.lowest,
          longest: texts.highest,
          empty: this.#empty,
          withNul: this.#withNul,
          broken: this.#broken,
          decimals: { count: this.#decimalDigits.count, digits: this.#decimalDigits.digits },
        },
      }),
      ...(blobs && { blobs: { shortest: blobs.lowest, longest: blobs.highest, utf8: this.#utf8 } }),
      secret: this.#secret,
      samples: samples.map(showValue),
      readings: this.#trials.map((trial) => trial.evidence(shown, ends)),
    };
  }

  #addReal(value: number): void {
    if (!Number.isFinite(value)) {
      this.#endless++;
      return;
    }
    this.#reals.add(value);
    if (value !== 0) this.#besideZero.add(value);
    if (Number.isInteger(value)) this.#whole++;
    this.#realDigits.add(...digitsOf(value));
  }

  #addText(value: string, broken: boolean): void {
    this.#textLengths.add(characters(value));
    if (value.trim() === '') this.#empty++;
    if (value.includes('\0')) this.#withNul++;
    if (broken) this.#broken++;
    // No decimal begins with a character behind the digits: most texts need no more than that.
    if (value.charCodeAt(0) > 0x39) return;
    const [found, before = '', behind = '', only] = DECIMAL.exec(value) ?? [];
    if (found !== undefined) this.#decimalDigits.add(before.length, (only ?? behind).length);
  }

  #addBlob(value: Uint8Array): void {
    this.#blobLengths.add(value.length);
    if (isUtf8(value)) this.#utf8++;
  }
}

class Ends<T extends number | bigint> {
  #range: { lowest: T; highest: T } | undefined;

  add(value: T): void {
    if (this.#range === undefined) this.#range = { lowest: value, highest: value };
    else if (value < this.#range.lowest) this.#range.lowest = value;
    else if (value > this.#range.highest) this.#range.highest = value;
  }

  get range(): { lowest: T; highest: T } | undefined {
    return this.#range;
  }

  get both(): T[] {
    return this.#range === undefined ? [] : [...new Set([this.#range.lowest, this.#range.highest])];
  }
}

class MostDigits {
  count = 0;
  #before = 0;
  #behind = 0;

  add(before: number, behind: number): void {
    this.count++;
    this.#before = Math.max(this.#before, before);
    this.#behind = Math.max(this.#behind, behind);
  }

  get digits(): Digits {
    return { before: this.#before, behind: this.#behind };
  }
}

/** Digits before and behind the point of the shortest decimal that is this double, written out. */
function digitsOf(value: number): [before: number, behind: number] {
  const text = `${Math.abs(value)}`;
  const exponent = text.indexOf('e');
  const end = exponent < 0 ? text.length : exponent;
  const point = text.indexOf('.');
  const whole = point < 0 ? end : point;
  const shift = exponent < 0 ? 0 : Number(text.slice(exponent + 1));
  return [Math.max(1, whole + shift), Math.max(0, (point < 0 ? 0 : end - point - 1) - shift)];
}

function characters(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) count--;
  return count;
}

function isSame(one: Present, other: Present): boolean {
  return one instanceof Uint8Array && other instanceof Uint8Array
    ? Buffer.compare(one, other) === 0
    : one === other;
}
