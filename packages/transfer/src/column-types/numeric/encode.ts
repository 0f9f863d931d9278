import type { CopyWriter } from '../encode/copy-writer.ts';
import { PageEncoder } from '../encode/page-encoder.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode, Refusal } from '../encode/types.ts';
import type { TargetType } from '../types.ts';
import { writeDecimal } from './encode-page.ts';

/** The only form that PostgreSQL prints back unchanged: no sign but `-`, no exponent, no spare zeros in front. */
const PLAIN_DECIMAL = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;
const NEGATIVE_ZERO = /^-[0.]+$/;

/** Digits that unconstrained numeric holds before and after the point (PostgreSQL manual, 8.1.2). */
const MAX_INTEGER_DIGITS = 131_072;
const MAX_SCALE = 16_383;

const POSITIVE = 0x0000;
const NEGATIVE = 0x4000;
const DIGITS_A_GROUP = 4;

/**
 * numeric: decimal TEXT with its scale kept (`"100.00"` stays `100.00`), INTEGER, and REAL as the shortest
 * decimal that reads back as the same double.
 *
 * Exponents in texts, NaN, Infinity, `+1`, `.5` and `-0` are refused: the server would print something else. What
 * numeric(p, s) does not keep of a text's scale must be zeros.
 */
export function encodeNumeric(type: TargetType): Encode {
  return (value, out) => {
    if (typeof value === 'string') return encodeDecimal(value, type, out);
    if (value instanceof Uint8Array) return wrongClass(value, type);
    return encodeDecimal(typeof value === 'number' ? writtenOut(value) : `${value}`, type, out);
  };
}

export function pageNumeric({ precision }: TargetType): PageEncoder | undefined {
  return precision === undefined ? new PageEncoder({ text: writeDecimal }) : undefined;
}

function encodeDecimal(text: string, type: TargetType, out: CopyWriter): Refusal {
  if (!PLAIN_DECIMAL.test(text)) return 'not a plain decimal number';
  if (NEGATIVE_ZERO.test(text)) return 'negative zero, which numeric has not';
  const negative = text.charCodeAt(0) === 0x2d;
  const start = negative ? 1 : 0;
  const dot = text.indexOf('.');
  const integerEnd = dot < 0 ? text.length : dot;
  const integerDigits = integerEnd - start;
  const end = lastDigit(text, dot, type.scale);
  const scale = Math.max(0, dot < 0 ? 0 : end - dot - 1);
  const refusal = sizeRefusal(type, text, start, integerDigits, scale);
  if (refusal) return refusal;

  out.reserve(12 + 2 * (text.length + 2));
  const { buffer } = out;
  const lengthAt = out.position;
  let at = lengthAt + 12;
  let groups = 0;
  let weight = Math.ceil(integerDigits / DIGITS_A_GROUP) - 1;
  let pendingZeros = 0;
  const push = (group: number) => {
    if (group === 0) {
      // Zero groups are written only between others: the format wants none at either end.
      if (groups === 0) weight--;
      else pendingZeros++;
      return;
    }
    for (; pendingZeros > 0; pendingZeros--) {
      at = buffer.writeInt16BE(0, at);
      groups++;
    }
    at = buffer.writeInt16BE(group, at);
    groups++;
  };
  for (
    let to = start + (integerDigits % DIGITS_A_GROUP || DIGITS_A_GROUP), from = start;
    from < integerEnd;
  ) {
    push(digits(text, from, to));
    from = to;
    to += DIGITS_A_GROUP;
  }
  for (let from = dot + 1; dot >= 0 && from < end; from += DIGITS_A_GROUP) {
    const to = Math.min(from + DIGITS_A_GROUP, end);
    push(digits(text, from, to) * 10 ** (DIGITS_A_GROUP - (to - from)));
  }
  buffer.writeInt32BE(at - lengthAt - 4, lengthAt);
  buffer.writeUInt16BE(groups, lengthAt + 4);
  buffer.writeInt16BE(groups === 0 ? 0 : weight, lengthAt + 6);
  buffer.writeUInt16BE(negative ? NEGATIVE : POSITIVE, lengthAt + 8);
  buffer.writeInt16BE(type.scale ?? scale, lengthAt + 10);
  out.position = at;
  return undefined;
}

/** Behind the last digit that counts: zeros beyond the type's scale do not. */
function lastDigit(text: string, dot: number, scale: number | undefined): number {
  if (dot < 0 || scale === undefined) return text.length;
  let end = text.length;
  while (end - dot - 1 > scale && text.charCodeAt(end - 1) === 0x30) end--;
  return end - 1 === dot ? dot : end;
}

/** The shortest decimal that is the double, with no exponent. */
function writtenOut(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign = '', first = '', rest = '', exponent] = match;
  const places = Number(exponent);
  return places < 0
    ? `${sign}0.${'0'.repeat(-places - 1)}${first}${rest}`
    : `${sign}${first}${rest.padEnd(places, '0')}`;
}

function sizeRefusal(
  type: TargetType,
  text: string,
  start: number,
  integerDigits: number,
  scale: number,
): Refusal {
  if (type.precision === undefined) {
    return integerDigits > MAX_INTEGER_DIGITS || scale > MAX_SCALE
      ? 'more digits than numeric holds'
      : undefined;
  }
  const typeScale = type.scale ?? 0;
  if (scale > typeScale) return `more digits behind the point than ${type.sql} has`;
  const significant = text.charCodeAt(start) === 0x30 ? 0 : integerDigits;
  return significant > type.precision - typeScale ? `outside the range of ${type.sql}` : undefined;
}

function digits(text: string, from: number, end: number): number {
  let value = 0;
  for (let i = from; i < end; i++) value = value * 10 + text.charCodeAt(i) - 0x30;
  return value;
}
