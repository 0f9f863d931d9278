import { z } from 'zod';

/** A point in time to the microsecond, and the calendar day its sender wrote. */
export interface Instant {
  /** UTC, always six fractional digits: `2025-03-29T23:30:00.000000Z`. */
  readonly utc: string;
  /** The day as written, in the sender's own zone: `2025-03-30`. An invoice's legal date. */
  readonly writtenDate: string;
}

const ISO_8601 =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-])(\d{2}):?(\d{2}))?)?$/;

/**
 * Reads an ISO 8601 date or date-time, as the replaced service took them: the
 * time, its seconds and its zone may be missing, and without a zone it is UTC.
 * Digits beyond the microsecond are cut. Days and times that do not exist, and
 * instants outside the years 1 to 9999, are `undefined`.
 *
 * @example parseInstant('2025-03-30T01:30:00+02:00')
 * // { utc: '2025-03-29T23:30:00.000000Z', writtenDate: '2025-03-30' }
 */
export function parseInstant(written: string): Instant | undefined {
  const match = ISO_8601.exec(written);
  if (!match) return undefined;
  const part = (index: number) => Number(match[index] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const [hour, minute, second] = [part(4), part(5), part(6)];
  const [fraction = '', sign, zoneHours = '0', zoneMinutes = '0'] = [
    match[7],
    match[9],
    match[10],
    match[11],
  ];
  if (hour > 23 || minute > 59 || second > 59 || Number(zoneHours) > 23 || Number(zoneMinutes) > 59) {
    return undefined;
  }

  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined;

  const microseconds = fraction.slice(0, 6).padEnd(6, '0');
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1);
  const writtenDate = written.slice(0, 10);
  if (offset === 0) {
    if (year < 1) return undefined;
    const [hours = '00', minutes = '00', seconds = '00'] = [match[4], match[5], match[6]];
    return { utc: `${writtenDate}T${hours}:${minutes}:${seconds}.${microseconds}Z`, writtenDate };
  }
  // setUTCFullYear, unlike Date.UTC, takes the years 0 to 99 as they are.
  const utc = new Date(0);
  utc.setUTCFullYear(year, month - 1, day);
  utc.setUTCHours(hour, minute - offset, second);
  if (utc.getUTCFullYear() < 1 || utc.getUTCFullYear() > 9999) return undefined;
  return { utc: `${utc.toISOString().slice(0, 19)}.${microseconds}Z`, writtenDate };
}

/** The days of a month, from 1, in the Gregorian calendar. */
function daysOf(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** An ISO 8601 date or date-time; parsed into an {@link Instant}. */
export const instant = z
  .string()
  .transform((written, context): Instant => {
    const parsed = parseInstant(written);
    if (parsed) return parsed;
    context.addIssue({
      code: 'custom',
      message: 'Input should be a valid ISO 8601 date or date-time',
      params: { type: 'datetime_parsing' },
    });
    return z.NEVER;
  })
  .meta({
    type: 'string',
    description: 'ISO 8601 date or date-time; without a zone it is UTC',
    examples: ['2025-01-15', '2025-01-15T10:30:00.123456+01:00'],
  });
