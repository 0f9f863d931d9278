import type { CopyWriter } from '../encode/copy-writer.ts';

const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NEGATIVE = 0x4000;
const DIGITS_A_GROUP = 4;
/** Longer texts are left to the other codec. */
const MAX_BYTES = 24;
const groups = new Int32Array(MAX_BYTES);

/**
 * Writes a plain decimal text as a field of unconstrained numeric, digit by digit.
 *
 * @returns false, with nothing written, for everything but the common form
 */
export function writeDecimal(bytes: Buffer, start: number, end: number, out: CopyWriter): boolean {
  if (end - start > MAX_BYTES || end === start) return false;
  const negative = bytes[start] === MINUS;
  const first = negative ? start + 1 : start;
  let dot = end;
  for (let at = first; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === DOT && dot === end) dot = at;
    else if (byte < ZERO || byte > ZERO + 9) return false;
  }
  const wholeDigits = dot - first;
  if (wholeDigits === 0 || dot === end - 1) return false;
  if (bytes[first] === ZERO && wholeDigits > 1) return false;
  const scale = dot === end ? 0 : end - dot - 1;

  let count = 0;
  for (let from = first, to = first + (wholeDigits % DIGITS_A_GROUP || DIGITS_A_GROUP); from < dot; ) {
    groups[count++] = digits(bytes, from, to);
    from = to;
    to += DIGITS_A_GROUP;
  }
  const wholeGroups = count;
  for (let from = dot + 1; from < end; from += DIGITS_A_GROUP) {
    const to = Math.min(from + DIGITS_A_GROUP, end);
    groups[count++] = digits(bytes, from, to) * (POWERS[DIGITS_A_GROUP - (to - from)] as number);
  }
  // The format wants no zero groups at either end.
  let lead = 0;
  while (lead < count && groups[lead] === 0) lead++;
  while (count > lead && groups[count - 1] === 0) count--;
  const length = count - lead;
  if (negative && length === 0) return false;

  out.reserve(12 + 2 * length);
  const { buffer } = out;
  let at = out.position;
  at = int16(buffer, at, 0);
  at = int16(buffer, at, 8 + 2 * length);
  at = int16(buffer, at, length);
  at = int16(buffer, at, length === 0 ? 0 : wholeGroups - 1 - lead);
  at = int16(buffer, at, negative ? NEGATIVE : 0);
  at = int16(buffer, at, scale);
  for (let i = lead; i < count; i++) at = int16(buffer, at, groups[i] as number);
  out.position = at;
  return true;
}

const POWERS = [1, 10, 100, 1000] as const;

function digits(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + (bytes[at] as number) - ZERO;
  return value;
}

function int16(buffer: Buffer, at: number, value: number): number {
  buffer[at] = value >> 8;
  buffer[at + 1] = value;
  return at + 2;
}
