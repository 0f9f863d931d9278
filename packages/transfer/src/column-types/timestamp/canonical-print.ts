import type { NumericTimes } from '../types.ts';
import type { wallClock } from './canonical-wall-clock.ts';

const FORM = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d(?::?\d\d)?)?$/;

/**
 * A date-time text as PostgreSQL prints the instant under `TimeZone=UTC` and `DateStyle=ISO`: a space
 * between, the fraction without trailing zeros, `+00` behind a timestamptz. A text without zone is UTC, so
 * it is rearranged rather than computed with; undefined when it is no date-time.
 */
export function canonicalTimestamp(
  text: string,
  withZone: boolean,
  clock?: ReturnType<typeof wallClock>,
): string | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [, date, time, fraction = '', named] = match as unknown as [string, string, string, string?, string?];
  const offset = named ?? clock?.(date, time);
  if (clock && offset === undefined) return undefined;
  const whole = offset === undefined || offset === 'Z' ? `${date} ${time}` : shift(date, time, offset);
  return whole + printedFraction(fraction) + (withZone ? '+00' : '');
}

/** A number in a date-time column under the policy that says what it counts. */
export function numberAsTimestamp(
  value: bigint | number,
  policy: NumericTimes,
  withZone: boolean,
): string | undefined {
  const [seconds, microseconds] = secondsAndMicroseconds(value, policy);
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  const fraction = String(microseconds).padStart(6, '0');
  return printed(date) + printedFraction(fraction) + (withZone ? '+00' : '');
}

function secondsAndMicroseconds(value: bigint | number, policy: NumericTimes): [bigint, bigint] {
  if (policy === 'julian-day') {
    return split(BigInt(Math.round((Number(value) - 2_440_587.5) * 86_400_000)), 1_000n);
  }
  const perSecond = policy === 'epoch-seconds' ? 1n : 1_000n;
  if (typeof value === 'bigint') return split(value, perSecond);
  return split(BigInt(Math.round(value * (1_000_000 / Number(perSecond)))), 1_000_000n);
}

function split(ticks: bigint, perSecond: bigint): [bigint, bigint] {
  const rest = ((ticks % perSecond) + perSecond) % perSecond;
  return [(ticks - rest) / perSecond, (rest * 1_000_000n) / perSecond];
}

function shift(date: string, time: string, offset: string): string {
  const [hours = 0, minutes = 0, rest = 0] = (offset.slice(1).match(/\d\d/g) ?? []).map(Number);
  const seconds = ((hours * 60 + minutes) * 60 + rest) * (offset.startsWith('-') ? 1 : -1);
  return printed(new Date(Date.parse(`${date}T${time}Z`) + seconds * 1000));
}

function printed(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

function printedFraction(digits: string): string {
  const kept = digits.replace(/0+$/, '');
  return kept === '' ? '' : `.${kept}`;
}
