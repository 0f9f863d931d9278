import type { NumericTimes } from '../types.ts';

/** A number that stands for an instant, as the server prints a timestamp; undefined when it cannot. */
export function printedInstant(value: bigint | number, policy: NumericTimes): string | undefined {
  const found = secondsAndMicroseconds(value, policy);
  if (found === undefined) return undefined;
  const [seconds, microseconds] = found;
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  return printedDate(date) + printedFraction(String(microseconds).padStart(6, '0'));
}

export function printedDate(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

/** Digits of a second's fraction without the zeros at their end. */
export function printedFraction(digits: string): string {
  const kept = digits.replace(/0+$/, '');
  return kept === '' ? '' : `.${kept}`;
}

/** How many of a second's parts the number counts; a Julian day counts milliseconds at the best. */
function ticksPerSecond(policy: NumericTimes): bigint {
  switch (policy) {
    case 'epoch-seconds':
    case 'seconds-since-2001':
    case 'seconds':
      return 1n;
    case 'epoch-microseconds':
    case 'microseconds':
      return 1_000_000n;
    case 'epoch-nanoseconds':
      return 1_000_000_000n;
    default:
      return 1_000n;
  }
}

/** Whole seconds, and microseconds from 0 on; undefined for an infinite number, or one that counts infinitely many. */
export function secondsAndMicroseconds(
  value: bigint | number,
  policy: NumericTimes,
): [bigint, bigint] | undefined {
  if (policy === 'julian-day') return splitNumber((Number(value) - 2_440_587.5) * 86_400_000, 1_000n);
  const perSecond = ticksPerSecond(policy);
  const found =
    typeof value === 'bigint'
      ? split(value, perSecond)
      : splitNumber(value * (1_000_000 / Number(perSecond)), 1_000_000n);
  if (found === undefined || policy !== 'seconds-since-2001') return found;
  const [seconds, microseconds] = found;
  return [seconds + 978_307_200n, microseconds];
}

function splitNumber(ticks: number, perSecond: bigint): [bigint, bigint] | undefined {
  return Number.isFinite(ticks) ? split(BigInt(Math.round(ticks)), perSecond) : undefined;
}

function split(ticks: bigint, perSecond: bigint): [bigint, bigint] {
  const rest = ((ticks % perSecond) + perSecond) % perSecond;
  return [(ticks - rest) / perSecond, (rest * 1_000_000n) / perSecond];
}
