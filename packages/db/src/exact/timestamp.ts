import { InvalidValueError } from '../errors.ts';

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s?(?:([Zz])|([+-])(\d{2}):?(\d{2})?)?)?$/;

/** What is in that form already, on a day that every month has. */
const CANONICAL = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/;

/**
 * The one text form of an instant, on both databases and in every answer: UTC,
 * six digits of a second, `Z`. Fixed width, so that texts sort as instants do.
 *
 * Takes an ISO 8601 date or date-time of the years 0000 to 9999, with or
 * without an offset (without one it is UTC), or a `Date` (milliseconds).
 *
 * @throws {InvalidValueError} when it is no such text, names no day of the
 * calendar (`2024-02-30`), or holds more than six digits of a second
 * @example
 * canonicalTimestamp('2025-03-30T01:30:00.123456+02:00'); // '2025-03-29T23:30:00.123456Z'
 */
export function canonicalTimestamp(value: string | Date): string {
  if (value instanceof Date) return fromDate(value, '000');
  if (CANONICAL.test(value)) return value;
  const match = ISO.exec(value);
  if (match === null) throw invalid(value, 'is no ISO 8601 date or date-time');
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = ''] = match;
  if (/[1-9]/.test(fraction.slice(6))) throw invalid(value, 'has more than six digits of a second');
  const micros = fraction.slice(0, 6).padEnd(6, '0');

  // Date.UTC would take years below 100 for 19xx; a text is never reinterpreted.
  const local = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${micros.slice(0, 3)}Z`);
  // JavaScript rolls 2024-02-30 over to March.
  if (Number.isNaN(local.getTime()) || local.getUTCDate() !== Number(day)) {
    throw invalid(value, 'names no moment of the calendar');
  }
  const [sign, offsetHours = '00', offsetMinutes = '00'] = match.slice(9);
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59)
    throw invalid(value, 'has an impossible offset');
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return fromDate(new Date(local.getTime() - offset), micros.slice(3));
}

function fromDate(date: Date, lastThreeDigits: string): string {
  if (Number.isNaN(date.getTime())) throw new InvalidValueError('an invalid Date is no instant');
  const text = date.toISOString();
  if (text.length !== 24) throw invalid(text, 'is outside the years 0000 to 9999');
  return `${text.slice(0, -1)}${lastThreeDigits}Z`;
}

function invalid(value: string, problem: string): InvalidValueError {
  return new InvalidValueError(
    `"${value.slice(0, 40)}" ${problem}; write it as in "2025-01-15T10:30:00.123456Z"`,
  );
}

/**
 * Reads the text in which PostgreSQL prints a `timestamptz` (session in UTC,
 * DateStyle ISO) into our text form: `2025-01-15 10:30:00.5+00` becomes
 * `2025-01-15T10:30:00.500000Z`. Text that has no such form (`infinity`, years
 * of five digits, BC) is given back as it is: a row nobody can read would take
 * every list that holds it down with it.
 */
export function timestampFromPostgres(text: string): string {
  // 'YYYY-MM-DD HH:MM:SS+00' is 22 characters, each digit of a fraction adds one.
  const length = text.length;
  if (length < 22 || length > 29 || !text.endsWith('+00') || text[4] !== '-' || text[10] !== ' ') return text;
  const fraction = text.slice(20, length - 3).padEnd(6, '0');
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}
