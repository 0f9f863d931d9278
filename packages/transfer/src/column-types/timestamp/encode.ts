import { POSTGRES_EPOCH_DAY, parseDay, twoDigits } from '../encode/calendar.ts';
import type { CopyWriter } from '../encode/copy-writer.ts';
import { PageEncoder, type PageOptions } from '../encode/page-encoder.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode, EncodeOptions, Refusal } from '../encode/types.ts';
import type { NumericTimes, TargetType } from '../types.ts';
import { writeTimestamp } from './encode-page.ts';
import { zoneOffsets } from './encode-zone.ts';

const MICROSECONDS_A_DAY = 86_400_000_000;
const JULIAN_DAY_OF_UNIX_EPOCH = 2_440_587.5;
const LAST_DAY_OF_9999 = 2_932_896;
const FIRST_DAY_OF_0001 = -719_162;
const NOT_A_TIME = 'not a date-time of the form YYYY-MM-DD HH:MM:SS[.ffffff]';

/** A point in time as whole days since 1970-01-01 and microseconds of that day. */
interface Instant {
  day: number;
  microseconds: number;
}

/**
 * timestamptz and timestamp.
 *
 * Text: `YYYY-MM-DD HH:MM:SS[.f…]`, a space or `T` between, up to six digits of a second's fraction. With
 * no zone it is UTC, or in the zone that the operator named; with `Z` or `±HH:MM` it is that instant (timestamptz only). Every part must have its
 * two digits and exist in the calendar: JavaScript would roll 30 February over, PostgreSQL would not.
 * Numbers are refused unless the column has a policy that says what they count.
 */
export function encodeTimestamp(withZone: boolean): (type: TargetType, options: EncodeOptions) => Encode {
  return (type, options) => timestampEncoder(withZone, type, options);
}

function timestampEncoder(withZone: boolean, type: TargetType, options: EncodeOptions): Encode {
  const maxDigits = type.fractionDigits ?? 6;
  const instant: Instant = { day: 0, microseconds: 0 };
  const offsets = options.zone === undefined || !withZone ? undefined : zoneOffsets(options.zone);
  return (value, out) => {
    if (value instanceof Uint8Array) return wrongClass(value, type);
    const refusal =
      typeof value === 'string'
        ? parseTimestamp(value, withZone, maxDigits, offsets, instant)
        : readNumber(value, type, options, maxDigits, instant);
    if (refusal) return refusal;
    writeMicroseconds(instant, out);
    return undefined;
  };
}

export function pageTimestamp(
  withZone: boolean,
): (type: TargetType, options: PageOptions) => PageEncoder | undefined {
  return ({ fractionDigits = 6 }, { zone }) => {
    if (fractionDigits !== 6 || zone !== undefined) return undefined;
    return new PageEncoder({
      text: (bytes, start, end, out) => writeTimestamp(bytes, start, end, withZone, out),
    });
  };
}

function parseTimestamp(
  text: string,
  withZone: boolean,
  maxDigits: number,
  offsets: Offsets | undefined,
  into: Instant,
): Refusal {
  if (text.length < 19) return NOT_A_TIME;
  const between = text.charCodeAt(10);
  const day = parseDay(text);
  if (day === undefined || (between !== 0x20 && between !== 0x54)) return NOT_A_TIME;
  if (text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a) return NOT_A_TIME;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  // Comparisons with NaN are false, so this also refuses what was no digit.
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return NOT_A_TIME;

  let at = 19;
  let fraction = 0;
  if (text.charCodeAt(at) === 0x2e) {
    let scale = 100_000;
    let digits = 0;
    for (at++; at < text.length; at++, digits++) {
      const digit = text.charCodeAt(at) - 0x30;
      if (!(digit >= 0 && digit <= 9)) break;
      if (digits >= maxDigits && digit !== 0) return finer(maxDigits);
      fraction += digit * scale;
      scale /= 10;
    }
    if (digits === 0) return NOT_A_TIME;
  }
  into.day = day;
  into.microseconds = ((hour * 60 + minute) * 60 + second) * 1_000_000 + Math.round(fraction);
  if (at === text.length) return offsets && applyZone(offsets, into);
  return applyOffset(text, at, withZone, into);
}

type Offsets = ReturnType<typeof zoneOffsets>;

function applyZone(offsets: Offsets, into: Instant): Refusal {
  const offset = offsets(into.day * (MICROSECONDS_A_DAY / 1000) + Math.floor(into.microseconds / 1000));
  if ('refusal' in offset) return offset.refusal;
  return shiftBack(offset.milliseconds * 1000, into);
}

/** Takes an offset in microseconds off. */
function shiftBack(shift: number, into: Instant): Refusal {
  const shifted = into.microseconds - shift;
  const days = Math.floor(shifted / MICROSECONDS_A_DAY);
  into.day += days;
  into.microseconds = shifted - days * MICROSECONDS_A_DAY;
  return into.day < FIRST_DAY_OF_0001 || into.day > LAST_DAY_OF_9999 ? NOT_A_TIME : undefined;
}

function finer(maxDigits: number): string {
  return `finer than the ${maxDigits} digits that ${maxDigits === 6 ? 'PostgreSQL' : 'the column'} keeps`;
}

/** `Z`, `±HH:MM`, `±HHMM` or `±HH` from `at` to the end. */
function applyOffset(text: string, at: number, withZone: boolean, into: Instant): Refusal {
  if (text.charCodeAt(at) !== 0x5a || at + 1 !== text.length) {
    const match = /^([+-])(\d\d)(?::?(\d\d))?$/.exec(text.slice(at));
    if (!match) return NOT_A_TIME;
    const hours = Number(match[2]);
    const minutes = Number(match[3] ?? 0);
    // 15:59 is the widest displacement that PostgreSQL takes.
    if (hours > 15 || minutes > 59) return NOT_A_TIME;
    const shift = (hours * 60 + minutes) * 60_000_000 * (match[1] === '-' ? -1 : 1);
    const refusal = shiftBack(shift, into);
    if (refusal) return refusal;
  }
  return withZone ? undefined : 'a zone in a column without one';
}

function readNumber(
  value: bigint | number,
  type: TargetType,
  options: EncodeOptions,
  maxDigits: number,
  into: Instant,
): Refusal {
  const policy = options.numericTimes;
  if (policy === undefined) return `${wrongClass(value, type)} with no policy for numbers`;
  const microseconds = policy === 'julian-day' ? julianMicroseconds(value) : epochMicroseconds(value, policy);
  if (microseconds === undefined) return `no exact instant as ${policy}`;
  if (microseconds % BigInt(10 ** (6 - maxDigits)) !== 0n) return finer(maxDigits);
  const perDay = BigInt(MICROSECONDS_A_DAY);
  const withinDay = ((microseconds % perDay) + perDay) % perDay;
  into.day = Number((microseconds - withinDay) / perDay);
  into.microseconds = Number(withinDay);
  const outside = into.day < FIRST_DAY_OF_0001 || into.day > LAST_DAY_OF_9999;
  return outside ? `outside the years 1 to 9999 as ${policy}` : undefined;
}

function epochMicroseconds(value: bigint | number, policy: NumericTimes): bigint | undefined {
  const unit = policy === 'epoch-seconds' ? 1_000_000 : 1_000;
  if (typeof value === 'bigint') return value * BigInt(unit);
  // A double stands for a microsecond when it is the double nearest to it; one between two would be altered.
  const scaled = Math.round(value * unit);
  return Number.isSafeInteger(scaled) && scaled / unit === value ? BigInt(scaled) : undefined;
}

/** SQLite's julian days resolve to a millisecond (SQLite manual, Date And Time Functions). */
function julianMicroseconds(value: bigint | number): bigint | undefined {
  const day = Number(value);
  const milliseconds = Math.round(day * 86_400_000);
  if (!Number.isSafeInteger(milliseconds) || milliseconds / 86_400_000 !== day) return undefined;
  return BigInt(milliseconds - JULIAN_DAY_OF_UNIX_EPOCH * 86_400_000) * 1000n;
}

function writeMicroseconds(instant: Instant, out: CopyWriter): void {
  const micros = (instant.day - POSTGRES_EPOCH_DAY) * MICROSECONDS_A_DAY + instant.microseconds;
  if (Number.isSafeInteger(micros)) {
    const high = Math.floor(micros / 0x1_0000_0000);
    out.int64Field(high, micros - high * 0x1_0000_0000);
    return;
  }
  const exact =
    BigInt(instant.day - POSTGRES_EPOCH_DAY) * BigInt(MICROSECONDS_A_DAY) + BigInt(instant.microseconds);
  out.int64Field(Number(exact >> 32n), Number(BigInt.asIntN(32, exact)));
}
