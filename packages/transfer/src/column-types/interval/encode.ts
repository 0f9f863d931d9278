import { numberOfTime } from '../encode/numeric-time.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode, EncodeOptions } from '../encode/types.ts';
import type { TargetType } from '../types.ts';

const NOT_AN_INTERVAL = 'not an interval of the form [n years] [n mons] [n days] [HH:MM:SS], or of ISO 8601';
const ISO =
  /^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)W)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?\d+(?:\.\d{1,6})?)S)?)?$/;
const CLOCK = /^([+-])?(\d{1,9}):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?$/;
const PART = /^([+-]?\d{1,9}) (year|yr|mon|month|week|day|hour|min|minute|sec|second)s?(?: |$)/;

const MONTHS: Readonly<Record<string, number>> = { year: 12, yr: 12, mon: 1, month: 1 };
const DAYS: Readonly<Record<string, number>> = { week: 7, day: 1 };
const SECONDS: Readonly<Record<string, number>> = { hour: 3600, min: 60, minute: 60, sec: 1, second: 1 };
const MOST = 0x7fff_ffff;

interface Parts {
  months: number;
  days: number;
  microseconds: bigint;
}

/** What the server would cut off without a word. */
const FITS: Readonly<Record<NonNullable<TargetType['finest']>, (parts: Parts) => boolean>> = {
  year: ({ months, days, microseconds }) => months % 12 === 0 && days === 0 && microseconds === 0n,
  month: ({ days, microseconds }) => days === 0 && microseconds === 0n,
  day: ({ microseconds }) => microseconds === 0n,
  hour: ({ microseconds }) => microseconds % 3_600_000_000n === 0n,
  minute: ({ microseconds }) => microseconds % 60_000_000n === 0n,
};

/** interval: PostgreSQL's own form or that of ISO 8601; a number under a policy is a time without days. */
export function encodeInterval(type: TargetType, { numericTimes }: EncodeOptions): Encode {
  return (value, out) => {
    const parts: Parts = { months: 0, days: 0, microseconds: 0n };
    if (value instanceof Uint8Array) return wrongClass(value, type);
    if (typeof value === 'string') {
      if (value === '' || !(ISO.test(value) ? readIso(value, parts) : readWords(value, parts)))
        return NOT_AN_INTERVAL;
    } else {
      if (numericTimes === undefined) return `${wrongClass(value, type)} with no policy for numbers`;
      const microseconds = numberOfTime(value, numericTimes);
      if (microseconds === undefined) return `no exact interval as ${numericTimes}`;
      parts.microseconds = microseconds;
    }
    const { months, days, microseconds } = parts;
    const { fractionDigits = 6 } = type;
    if (microseconds % 10n ** BigInt(6 - fractionDigits) !== 0n) {
      return `finer than the ${fractionDigits} digits that the column keeps`;
    }
    if (type.finest !== undefined && !FITS[type.finest](parts)) return `finer than ${type.sql}`;
    if (
      Math.abs(months) > MOST ||
      Math.abs(days) > MOST ||
      BigInt.asIntN(64, microseconds) !== microseconds
    ) {
      return 'longer than an interval can be';
    }
    const field = Buffer.alloc(16);
    field.writeBigInt64BE(microseconds);
    field.writeInt32BE(days, 8);
    field.writeInt32BE(months, 12);
    out.bytesField(field);
    return undefined;
  };
}

function readIso(text: string, into: Parts): boolean {
  if (/[PT]$/.test(text)) return false;
  const [, years = '0', months = '0', weeks = '0', days = '0', hours = '0', minutes = '0', seconds = '0'] =
    ISO.exec(text) ?? [];
  into.months = Number(years) * 12 + Number(months);
  into.days = Number(weeks) * 7 + Number(days);
  const [whole = '0', fraction = ''] = seconds.replace('-', '').split('.');
  const ofSeconds = BigInt(whole + fraction.padEnd(6, '0')) * (seconds.startsWith('-') ? -1n : 1n);
  into.microseconds = (BigInt(hours) * 60n + BigInt(minutes)) * 60_000_000n + ofSeconds;
  return true;
}

function readWords(text: string, into: Parts): boolean {
  let rest = text;
  const seen = new Set<string>();
  for (;;) {
    const part = PART.exec(rest);
    if (part === null) break;
    const [all, count = '', unit = ''] = part;
    if (seen.has(unit)) return false;
    seen.add(unit);
    into.months += Number(count) * (MONTHS[unit] ?? 0);
    into.days += Number(count) * (DAYS[unit] ?? 0);
    into.microseconds += BigInt(count) * BigInt(SECONDS[unit] ?? 0) * 1_000_000n;
    rest = rest.slice(all.length);
  }
  if (rest === '') return !text.endsWith(' ');
  const clock = CLOCK.exec(rest);
  if (clock === null || [...seen].some((unit) => SECONDS[unit] !== undefined)) return false;
  const [, sign, hours = '', minutes = '', seconds = '0', fraction = ''] = clock;
  const ofClock =
    ((BigInt(hours) * 60n + BigInt(minutes)) * 60n + BigInt(seconds)) * 1_000_000n +
    BigInt(fraction.padEnd(6, '0'));
  into.microseconds += sign === '-' ? -ofClock : ofClock;
  return true;
}
