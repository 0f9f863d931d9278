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

const MINUTE = 60_000;

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
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((digits) => (digits === undefined ? 0 : Number(digits))) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [fraction = '', , sign, zoneHours = '0', zoneMinutes = '0'] = match.slice(7);
  if (hour > 23 || minute > 59 || second > 59 || Number(zoneHours) > 23 || Number(zoneMinutes) > 59) {
    return undefined;
  }

  // setUTCFullYear, unlike Date.UTC, takes the years 0 to 99 as they are.
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day);
  // A day that does not exist has rolled over into the next month.
  if (local.getUTCMonth() !== month - 1 || local.getUTCDate() !== day) return undefined;
  local.setUTCHours(hour, minute, second);

  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1);
  const utc = new Date(local.getTime() - offset * MINUTE);
  if (utc.getUTCFullYear() < 1 || utc.getUTCFullYear() > 9999) return undefined;

  const microseconds = fraction.slice(0, 6).padEnd(6, '0');
  return {
    utc: `${utc.toISOString().slice(0, 19)}.${microseconds}Z`,
    writtenDate: written.slice(0, 10),
  };
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
