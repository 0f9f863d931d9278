import type { NumericTimes } from '../types.ts';

const JULIAN_DAY_OF_UNIX_EPOCH = 2_440_587.5;
const MICROSECONDS_TO_2001 = 978_307_200_000_000n;

/** How many of each are a second. */
const UNITS: Readonly<Record<Exclude<NumericTimes, 'julian-day'>, number>> = {
  'epoch-seconds': 1,
  'epoch-milliseconds': 1e3,
  'epoch-microseconds': 1e6,
  'epoch-nanoseconds': 1e9,
  'seconds-since-2001': 1,
  seconds: 1,
  milliseconds: 1e3,
  microseconds: 1e6,
};

/** The microseconds that a number stands for, since 1970 where it is an instant; undefined when it stands for none exactly. */
export function numberOfTime(value: bigint | number, policy: NumericTimes): bigint | undefined {
  if (policy === 'julian-day') return julianMicroseconds(value);
  const counted = microseconds(value, UNITS[policy]);
  return counted === undefined || policy !== 'seconds-since-2001' ? counted : counted + MICROSECONDS_TO_2001;
}

function microseconds(value: bigint | number, perSecond: number): bigint | undefined {
  if (typeof value === 'bigint') {
    if (perSecond <= 1e6) return value * BigInt(1e6 / perSecond);
    const spare = BigInt(perSecond / 1e6);
    return value % spare === 0n ? value / spare : undefined;
  }
  // A double stands for a microsecond when it is the double nearest to it; one between two would be altered.
  const scaled = Math.round(value * (1e6 / perSecond));
  return Number.isSafeInteger(scaled) && scaled / (1e6 / perSecond) === value ? BigInt(scaled) : undefined;
}

/** SQLite's julian days resolve to a millisecond (SQLite manual, Date And Time Functions). */
function julianMicroseconds(value: bigint | number): bigint | undefined {
  const day = Number(value);
  const milliseconds = Math.round(day * 86_400_000);
  if (!Number.isSafeInteger(milliseconds) || milliseconds / 86_400_000 !== day) return undefined;
  return BigInt(milliseconds - JULIAN_DAY_OF_UNIX_EPOCH * 86_400_000) * 1000n;
}
