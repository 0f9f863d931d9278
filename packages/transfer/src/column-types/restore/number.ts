import type { NumericTimes } from '../types.ts';
import type { Forms, FormWriter, RestoredValue } from './types.ts';

/** INTEGER; INTEGER where it is whole, else REAL; REAL. */
export const INTEGERS = 'integers';
export const NUMBERS = 'numbers';
export const REALS = 'reals';

const OF_INTEGER = [INTEGERS, NUMBERS] as const;
const OF_FRACTION = [NUMBERS, REALS] as const;
const OF_WHOLE_REAL = [REALS] as const;
const OF_AMOUNT = [NUMBERS] as const;

/** The forms that a number is of. */
export function formsOfNumber(value: bigint | number): readonly string[] {
  if (typeof value === 'bigint') return OF_INTEGER;
  return Number.isInteger(value) ? OF_WHOLE_REAL : OF_FRACTION;
}

/** The same where an integer is no form of its own: behind it may come amounts that are none. */
export function formsOfAmount(value: bigint | number): readonly string[] {
  return typeof value === 'bigint' ? OF_AMOUNT : formsOfNumber(value);
}

const PER_SECOND: Readonly<Record<Exclude<NumericTimes, 'julian-day'>, bigint>> = {
  'epoch-seconds': 1n,
  'epoch-milliseconds': 1_000n,
  'epoch-microseconds': 1_000_000n,
  'epoch-nanoseconds': 1_000_000_000n,
  'seconds-since-2001': 1n,
  seconds: 1n,
  milliseconds: 1_000n,
  microseconds: 1_000_000n,
};
const MICROSECONDS_TO_2001 = 978_307_200_000_000n;
const MILLISECONDS_A_DAY = 86_400_000;
/** From the beginning of the Julian days to 1970. */
const JULIAN_MILLISECONDS = 2_440_587.5 * MILLISECONDS_A_DAY;

interface TimesOptions {
  readonly policy: NumericTimes;
  /** The microseconds that a printed value stands for; undefined where it stands for none. */
  readonly microseconds: (printed: string) => bigint | undefined;
  /** Digits of a second that the type keeps. */
  readonly digits: number;
  readonly print?: (column: string) => string;
  readonly held?: (column: string) => string;
}

/** Times that are stored as numbers. */
export function numericTimeForms({ policy, microseconds, digits, print, held }: TimesOptions): Forms {
  const convert = converters(policy);
  const kept: Readonly<Record<string, number>> = {
    [INTEGERS]: policy === 'julian-day' ? 0 : Math.min(6, `${PER_SECOND[policy]}`.length - 1),
    [NUMBERS]: policy === 'julian-day' ? 3 : 6,
    [REALS]: policy === 'julian-day' ? 3 : 6,
  };
  return {
    byClass: false,
    of: (stored) => (typeof stored === 'bigint' || typeof stored === 'number' ? formsOfNumber(stored) : []),
    writer: (form): FormWriter | undefined => {
      const keeps = kept[form];
      if (keeps === undefined) return undefined;
      const isCoarse = keeps < digits && held === undefined;
      return {
        ...(print && { print }),
        ...(held && { held }),
        ...(isCoarse && { coarse: keeps, held: (column) => `date_trunc('${UNITS[keeps]}', ${column})` }),
        store: (printed) => {
          const counted = microseconds(printed);
          if (counted === undefined) return undefined;
          const whole = form === REALS ? undefined : convert.integer(counted);
          return whole ?? (form === INTEGERS ? undefined : convert.real(counted));
        },
      };
    },
  };
}

const UNITS: Readonly<Record<number, string>> = { 0: 'second', 3: 'milliseconds' };

interface Converters {
  readonly integer: (microseconds: bigint) => bigint | undefined;
  readonly real: (microseconds: bigint) => number | undefined;
}

function converters(policy: NumericTimes): Converters {
  if (policy === 'julian-day') return JULIAN;
  const perSecond = PER_SECOND[policy];
  const origin = policy === 'seconds-since-2001' ? MICROSECONDS_TO_2001 : 0n;
  const perTick = 1e6 / Number(perSecond);
  return {
    integer: (microseconds) => {
      const since = microseconds - origin;
      if (perSecond > 1_000_000n) return since * (perSecond / 1_000_000n);
      const each = 1_000_000n / perSecond;
      return since % each === 0n ? since / each : undefined;
    },
    real: (microseconds) => {
      const since = Number(microseconds - origin);
      const value = since / perTick;
      return Number.isSafeInteger(since) && Math.round(value * perTick) === since ? value : undefined;
    },
  };
}

/** They resolve to a millisecond; a day begins at noon. */
const JULIAN: Converters = {
  integer: (microseconds) => {
    const day = JULIAN.real(microseconds);
    return day !== undefined && Number.isInteger(day) ? BigInt(day) : undefined;
  },
  real: (microseconds) => {
    if (microseconds % 1_000n !== 0n) return undefined;
    const milliseconds = Number(microseconds / 1_000n) + JULIAN_MILLISECONDS;
    const day = milliseconds / MILLISECONDS_A_DAY;
    return Math.round(day * MILLISECONDS_A_DAY) === milliseconds ? day : undefined;
  },
};

/** A whole number that INTEGER holds. */
export function integerOf(text: string): bigint | undefined {
  if (!/^(?:0|-?[1-9]\d*)$/.test(text)) return undefined;
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** In one of the forms of numbers. @param isSame whether a double is the very value that was printed */
export function numberIn(
  form: string,
  printed: string,
  isSame: (real: number) => boolean,
): RestoredValue | undefined {
  const whole = form === REALS ? undefined : integerOf(printed.replace(/\.0+$/, ''));
  if (whole !== undefined || form === INTEGERS) return whole;
  const real = Number(printed);
  return !Number.isNaN(real) && isSame(real) ? real : undefined;
}
