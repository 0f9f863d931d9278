import { POSTGRES_EPOCH_DAY, parseDay, twoDigits } from '../encode/calendar.ts';
import type { CopyWriter } from '../encode/copy-writer.ts';
import { numberOfTime } from '../encode/numeric-time.ts';
import { PageEncoder, type PageOptions } from '../encode/page-encoder.ts';
import { wrongClass } from '../encode/storage-class.ts';
import type { Encode, EncodeOptions, Refusal } from '../encode/types.ts';
import type { TargetType } from '../types.ts';
import { writeTimestamp } from './encode-page.ts';
import { zoneOffsets } from './encode-zone.ts';

const MICROSECONDS_A_DAY = 86_400_000_000;
const LAST_DAY_OF_9999 = 2_932_896;
const FIRST_DAY_OF_0001 = -719_162;
const NOT_A_TIME = 'not a date-time of the form YYYY-MM-DD [HH:MM[:SS[.ffffff]]] [zone]';

/** A point in time as whole days since 1970-01-01 and microseconds of that day. */
interface Instant {
  day: number;
  microseconds: number;
}

/**
 * timestamptz and timestamp.
 *
 * Text: `YYYY-MM-DD`, and behind a space or `T` `HH:MM[:SS[.f…]]`, up to six digits of a second's fraction; what is left
 * out is zero. With no zone it is UTC, or in the zone that the operator named; with one (`Z`, `UTC`, `±HH:MM`, a space
 * before it or not) it is that instant, which a column without a zone holds in UTC. Every part must have its two digits
 * and exist in the calendar: JavaScript would roll 30 February over, PostgreSQL would not.
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
        ? parseTimestamp(value, maxDigits, offsets, instant)
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
  maxDigits: number,
  offsets: Offsets | undefined,
  into: Instant,
): Refusal {
  const day = parseDay(text);
  if (day === undefined) return NOT_A_TIME;
  into.day = day;
  into.microseconds = 0;
  if (text.length === 10) return offsets && applyZone(offsets, into);
  const between = text.charCodeAt(10);
  if ((between !== 0x20 && between !== 0x54) || text.charCodeAt(13) !== 0x3a) return NOT_A_TIME;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const hasSeconds = text.charCodeAt(16) === 0x3a;
  const second = hasSeconds ? twoDigits(text, 17) : 0;
  // Comparisons with NaN are false, so this also refuses what was no digit.
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return NOT_A_TIME;

  let at = hasSeconds ? 19 : 16;
  let fraction = 0;
  if (hasSeconds && text.charCodeAt(at) === 0x2e) {
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
  into.microseconds = ((hour * 60 + minute) * 60 + second) * 1_000_000 + Math.round(fraction);
  if (at === text.length) return offsets && applyZone(offsets, into);
  return applyOffset(text.slice(at), into);
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

/** `Z`, `UTC`, `±HH:MM`, `±HHMM` or `±HH`, a space before it or not; Go writes `+0000 UTC`. */
function applyOffset(zone: string, into: Instant): Refusal {
  if (zone === 'Z') return undefined;
  const match = /^ ?(?:(?:Z|UTC)|([+-])(\d\d)(?::?(\d\d))?( UTC)?)$/.exec(zone);
  if (!match) return NOT_A_TIME;
  const [, sign, hour = '0', minute = '0', utc] = match;
  const hours = Number(hour);
  const minutes = Number(minute);
  // 15:59 is the widest displacement that PostgreSQL takes.
  if (hours > 15 || minutes > 59 || (utc !== undefined && hours + minutes > 0)) return NOT_A_TIME;
  return shiftBack((hours * 60 + minutes) * 60_000_000 * (sign === '-' ? -1 : 1), into);
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
  const microseconds = numberOfTime(value, policy);
  if (microseconds === undefined) return `no exact instant as ${policy}`;
  if (microseconds % BigInt(10 ** (6 - maxDigits)) !== 0n) return finer(maxDigits);
  const perDay = BigInt(MICROSECONDS_A_DAY);
  const withinDay = ((microseconds % perDay) + perDay) % perDay;
  into.day = Number((microseconds - withinDay) / perDay);
  into.microseconds = Number(withinDay);
  const outside = into.day < FIRST_DAY_OF_0001 || into.day > LAST_DAY_OF_9999;
  return outside ? `outside the years 1 to 9999 as ${policy}` : undefined;
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
