import { printedDate, printedFraction, printedInstant } from '../canonical/instant.ts';
import type { NumericTimes } from '../types.ts';
import type { wallClock } from './canonical-wall-clock.ts';

const FORM =
  /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?(?: ?(Z|UTC|[+-]\d\d(?::?\d\d)?)(?: UTC)?)?)?$/;

/**
 * A date-time text as PostgreSQL prints the instant under `TimeZone=UTC` and `DateStyle=ISO`: a space
 * between, the fraction without trailing zeros, `+00` behind a timestamptz. A text without zone is UTC, so
 * it is rearranged rather than computed with; what it leaves out is zero; undefined when it is no date-time.
 */
export function canonicalTimestamp(
  text: string,
  withZone: boolean,
  clock?: ReturnType<typeof wallClock>,
): string | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [, date = '', minutes = '00:00', seconds = '00', fraction = '', named] = match;
  const time = `${minutes}:${seconds}`;
  const offset = named ?? clock?.(date, time);
  if (clock && offset === undefined) return undefined;
  const whole =
    offset === undefined || offset === 'Z' || offset === 'UTC'
      ? `${date} ${time}`
      : shift(date, time, offset);
  return whole + printedFraction(fraction) + (withZone ? '+00' : '');
}

/** A number in a date-time column under the policy that says what it counts. */
export function numberAsTimestamp(
  value: bigint | number,
  policy: NumericTimes,
  withZone: boolean,
): string | undefined {
  const instant = printedInstant(value, policy);
  return instant === undefined ? undefined : instant + (withZone ? '+00' : '');
}

function shift(date: string, time: string, offset: string): string {
  const [hours = 0, minutes = 0, rest = 0] = (offset.slice(1).match(/\d\d/g) ?? []).map(Number);
  const seconds = ((hours * 60 + minutes) * 60 + rest) * (offset.startsWith('-') ? 1 : -1);
  return printedDate(new Date(Date.parse(`${date}T${time}Z`) + seconds * 1000));
}
