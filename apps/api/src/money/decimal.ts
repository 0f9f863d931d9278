/** Whole units: a number while it is one that JavaScript computes exactly, which takes a tenth of the time. */
type Units = number | bigint;

/** What may be computed with. */
export type Operand = Decimal | string | number;

const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);
/** Digits that a number holds whatever they are. */
const EXACT_DIGITS = 15;
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

const POINT = 0x2e;
const MINUS = 0x2d;
const ZERO = 0x30;

const WRITTEN = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/;

function shortest(units: bigint): Units {
  return units <= MAX_EXACT && units >= -MAX_EXACT ? Number(units) : units;
}

const power = (exponent: number): Units => POWERS[exponent] ?? 10n ** BigInt(exponent);

// A sum or product beyond what is exact is not a safe integer, whatever it was rounded to.
function sum(one: Units, other: Units): Units {
  if (typeof one === 'number' && typeof other === 'number') {
    const exact = one + other;
    if (Number.isSafeInteger(exact)) return exact;
  }
  return shortest(BigInt(one) + BigInt(other));
}

function product(one: Units, other: Units): Units {
  if (typeof one === 'number' && typeof other === 'number') {
    const exact = one * other;
    if (Number.isSafeInteger(exact)) return exact;
  }
  return shortest(BigInt(one) * BigInt(other));
}

/** `units / power(exponent)`, a half away from zero. */
function quotient(units: Units, exponent: number): Units {
  const by = power(exponent);
  if (typeof units === 'number' && typeof by === 'number') {
    const rest = units % by;
    const whole = (units - rest) / by;
    return Math.abs(rest) * 2 < by ? whole : whole + Math.sign(units);
  }
  const [all, each] = [BigInt(units), BigInt(by)];
  const rest = all % each;
  const isLess = (rest < 0n ? -rest : rest) * 2n < each;
  return shortest(all / each + (isLess ? 0n : all < 0n ? -1n : 1n));
}

/**
 * An exact decimal number of any size. Nothing of it is rounded but by {@link round}.
 *
 * @example decimal('0.1').plus('0.2').toFixed() // '0.3'
 */
export class Decimal {
  /** The number is `units / 10 ** scale`. */
  readonly #units: Units;
  readonly #scale: number;

  constructor(units: Units, scale: number) {
    this.#units = units;
    this.#scale = scale;
  }

  plus(other: Operand): Decimal {
    const { one, another, scale } = this.#beside(decimal(other));
    return new Decimal(sum(one, another), scale);
  }

  minus(other: Operand): Decimal {
    const { one, another, scale } = this.#beside(decimal(other));
    return new Decimal(sum(one, -another), scale);
  }

  times(other: Operand): Decimal {
    const factor = decimal(other);
    return new Decimal(product(this.#units, factor.#units), this.#scale + factor.#scale);
  }

  abs(): Decimal {
    return this.#units < 0 ? new Decimal(-this.#units, this.#scale) : this;
  }

  /** To at most `scale` digits after the point, a half away from zero. */
  round(scale: number): Decimal {
    if (this.#scale <= scale) return this;
    return new Decimal(quotient(this.#units, this.#scale - scale), scale);
  }

  eq(other: Operand): boolean {
    return this.#compared(other) === 0;
  }

  lt(other: Operand): boolean {
    return this.#compared(other) < 0;
  }

  lte(other: Operand): boolean {
    return this.#compared(other) <= 0;
  }

  gt(other: Operand): boolean {
    return this.#compared(other) > 0;
  }

  gte(other: Operand): boolean {
    return this.#compared(other) >= 0;
  }

  /** How many digits after the point it needs: zeros at the end do not count. */
  get neededScale(): number {
    let scale = this.#scale;
    let units = this.#units;
    for (; scale > 0; scale--) {
      if (typeof units === 'bigint') {
        if (units % 10n !== 0n) break;
        units /= 10n;
      } else {
        if (units % 10 !== 0) break;
        units /= 10;
      }
    }
    return scale;
  }

  /** Written with `scale` digits after the point, to which it is rounded; with as many as it needs when left out. */
  toFixed(scale = this.neededScale): string {
    const rounded = this.round(scale);
    const isNegative = rounded.#units < 0;
    const digits = String(isNegative ? -rounded.#units : rounded.#units).padStart(rounded.#scale + 1, '0');
    const text = isNegative ? `-${digits}` : digits;
    if (scale === 0) return text;
    const point = text.length - rounded.#scale;
    return `${text.slice(0, point)}.${text.slice(point).padEnd(scale, '0')}`;
  }

  /** Both in units of the same size. */
  #beside(other: Decimal): { readonly one: Units; readonly another: Units; readonly scale: number } {
    const more = this.#scale - other.#scale;
    return {
      one: more < 0 ? product(this.#units, power(-more)) : this.#units,
      another: more > 0 ? product(other.#units, power(more)) : other.#units,
      scale: Math.max(this.#scale, other.#scale),
    };
  }

  #compared(other: Operand): number {
    const { one, another } = this.#beside(decimal(other));
    if (one < another) return -1;
    return one > another ? 1 : 0;
  }
}

/**
 * Reads a number: digits, a fraction or not, an exponent or not.
 *
 * @throws {TypeError} when it is none
 */
export function decimal(value: Operand): Decimal {
  if (value instanceof Decimal) return value;
  const text = typeof value === 'string' ? value : String(value);
  return short(text) ?? any(text);
}

/** What is as short as nearly all of them are; undefined for anything else. */
function short(text: string): Decimal | undefined {
  const first = text.charCodeAt(0) === MINUS ? 1 : 0;
  if (text.length - first > EXACT_DIGITS) return undefined;
  let units = 0;
  let point = -1;
  for (let at = first; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === POINT && point < 0 && at > first) point = at;
    else if (code >= ZERO && code <= ZERO + 9) units = units * 10 + (code - ZERO);
    else return undefined;
  }
  if (text.length === first || point === text.length - 1) return undefined;
  return new Decimal(first === 0 ? units : -units, point < 0 ? 0 : text.length - point - 1);
}

function any(text: string): Decimal {
  const match = WRITTEN.exec(text);
  if (match === null) throw new TypeError(`"${text.slice(0, 40)}" is no decimal number`);
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const units = BigInt(`${whole}${fraction}`);
  const scale = fraction.length - Number(exponent);
  const signed = shortest(sign === '-' ? -units : units);
  return scale < 0 ? new Decimal(product(signed, power(-scale)), 0) : new Decimal(signed, scale);
}

export const NOTHING = new Decimal(0, 0);
