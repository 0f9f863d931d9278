import { secondsAndMicroseconds } from '../canonical/instant.ts';
import type { Canonical } from '../canonical/types.ts';

/** What a unit is: months, days, microseconds. */
const UNITS: readonly (readonly [name: RegExp, months: bigint, days: bigint, microseconds: bigint])[] = [
  [/^(?:years?|yrs?|Y)$/, 12n, 0n, 0n],
  [/^(?:mons?|months?|M)$/, 1n, 0n, 0n],
  [/^(?:weeks?|W)$/, 0n, 7n, 0n],
  [/^(?:days?|D)$/, 0n, 1n, 0n],
  [/^(?:hours?|TH)$/, 0n, 0n, 3_600_000_000n],
  [/^(?:mins?|minutes?|TM)$/, 0n, 0n, 60_000_000n],
  [/^(?:secs?|seconds?|TS)$/, 0n, 0n, 1_000_000n],
];

/** The bytes that the server sends: microseconds, days, months. How it prints them is a setting of the session. */
export const canonicalInterval: Canonical = {
  print:
    ({ numericTimes }) =>
    (value) => {
      if (value instanceof Uint8Array) return undefined;
      if (typeof value === 'string') return value.startsWith('P') ? ofIso(value) : ofWords(value);
      if (numericTimes === undefined) return undefined;
      const found = secondsAndMicroseconds(value, numericTimes);
      if (found === undefined) return undefined;
      const [seconds, microseconds] = found;
      return sent(seconds * 1_000_000n + microseconds, 0n, 0n);
    },
};

function ofIso(text: string): string | undefined {
  const [date = '', time = ''] = text.slice(1).split('T');
  const parts = (of: string, mark: string) =>
    [...of.matchAll(/(-?\d+(?:\.\d+)?)([A-Z])/g)].map(
      ([, count = '', unit = '']) => [count, mark + unit] as const,
    );
  return sum([...parts(date, ''), ...parts(time, 'T')]);
}

function ofWords(text: string): string | undefined {
  const words = text.split(' ');
  const clock = words.length % 2 === 1 ? words.pop() : undefined;
  const parts: (readonly [string, string])[] = [];
  for (let i = 0; i < words.length; i += 2) parts.push([words[i] as string, words[i + 1] as string]);
  if (clock !== undefined) {
    const sign = clock.startsWith('-') ? '-' : '';
    const [hours = '', minutes = '', seconds = '0'] = clock.replace(/^[+-]/, '').split(':');
    parts.push([sign + hours, 'hours'], [sign + minutes, 'mins'], [sign + seconds, 'secs']);
  }
  return sum(parts);
}

function sum(parts: readonly (readonly [count: string, unit: string])[]): string | undefined {
  let [months, days, microseconds] = [0n, 0n, 0n];
  for (const [count, unit] of parts) {
    const found = UNITS.find(([name]) => name.test(unit));
    const number = /^([+-]?)(\d+)(?:\.(\d{1,6}))?$/.exec(count);
    if (found === undefined || number === null) return undefined;
    const [, sign, whole = '0', fraction = ''] = number;
    const millionths = BigInt(whole + fraction.padEnd(6, '0')) * (sign === '-' ? -1n : 1n);
    months += (millionths * found[1]) / 1_000_000n;
    days += (millionths * found[2]) / 1_000_000n;
    microseconds += (millionths * found[3]) / 1_000_000n;
  }
  return sent(microseconds, days, months);
}

function sent(microseconds: bigint, days: bigint, months: bigint): string {
  const digits = (value: bigint, bits: number) =>
    BigInt.asUintN(bits, value)
      .toString(16)
      .padStart(bits / 4, '0');
  return digits(microseconds, 64) + digits(days, 32) + digits(months, 32);
}
