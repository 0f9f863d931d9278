import type { ColumnDecision, SqliteValue } from '../column-types/types.ts';

type Present = Exclude<SqliteValue, null>;
type Convert = (value: Present) => SqliteValue;

/** What a decision on a column needs to know of its type. */
export interface Decided {
  /** Digits of a second's fraction that the type keeps. */
  readonly fractionDigits: number;
  /** SQLite's own reading of its binary JSON. */
  readonly readJsonb: (blob: Uint8Array) => string | undefined;
}

/**
 * What a decision makes of values before they are encoded, for the copy; verification has its own. A value that it does
 * not fit comes back as it is, for the type to refuse.
 *
 * @returns undefined when it leaves every value as it is stored
 */
export function converter(decision: ColumnDecision, about: Decided): Convert | undefined {
  const steps = [
    decision.nul && onText((text) => text.replaceAll('\0', '')),
    decision.blobs && onBlob(BLOBS[decision.blobs](about)),
    decision.empty && onText((text) => (isEmpty(text) ? null : text)),
    decision.fraction && onText(shortened(decision.fraction, about.fractionDigits)),
    decision.reals && onReal(REALS[decision.reals]),
    decision.numbers === 'text' && onNumber(numberText),
    decision.texts && onText(TEXTS[decision.texts]),
  ].filter((step) => typeof step === 'function');
  if (steps.length === 0) return undefined;
  return (value) => {
    let now: SqliteValue = value;
    for (const step of steps) {
      if (now === null) return null;
      now = step(now);
    }
    return now;
  };
}

/** Whether something that was stored is not in what a decision made of it; another form of the same is no loss. */
export function isLoss({ texts }: ColumnDecision, before: Present, after: SqliteValue): boolean {
  if (after === null) return true;
  if (texts !== undefined && typeof before === 'string') return false;
  if (typeof before !== typeof after || before === after) return false;
  // A single that prints as the double does.
  return typeof before !== 'number' || Number(before.toPrecision(6)) !== before;
}

const onText =
  (convert: (text: string) => SqliteValue): Convert =>
  (value) =>
    typeof value === 'string' ? convert(value) : value;
const onBlob =
  (convert: (blob: Uint8Array) => SqliteValue | undefined): Convert =>
  (value) =>
    value instanceof Uint8Array ? (convert(value) ?? value) : value;
const onReal =
  (convert: (real: number) => SqliteValue): Convert =>
  (value) =>
    typeof value === 'number' ? convert(value) : value;
const onNumber =
  (convert: (number: number | bigint) => SqliteValue): Convert =>
  (value) =>
    typeof value === 'number' || typeof value === 'bigint' ? convert(value) : value;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(blob: Uint8Array): string | undefined {
  try {
    return utf8.decode(blob);
  } catch {
    return undefined;
  }
}

/** Where the bytes of .NET's Guid.ToByteArray() stand in a uuid. */
const DOTNET_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

function uuidOf(blob: Uint8Array): string | undefined {
  return blob.length === 16 ? Buffer.from(blob).toString('hex') : undefined;
}

const BLOBS: Readonly<
  Record<NonNullable<ColumnDecision['blobs']>, (about: Decided) => (blob: Uint8Array) => string | undefined>
> = {
  text: () => textOf,
  uuid: () => uuidOf,
  'dotnet-uuid': () => (blob) =>
    blob.length === 16 ? uuidOf(Uint8Array.from(DOTNET_ORDER, (at) => blob[at] as number)) : undefined,
  'binary-json': ({ readJsonb }) => readJsonb,
};

const TEXTS: Readonly<Record<NonNullable<ColumnDecision['texts']>, (text: string) => string | Uint8Array>> = {
  bytes: (text) => Buffer.from(text, 'utf8'),
  'since-1970': (text) => durationOf(text) ?? text,
  commas: (text) => JSON.stringify(text === '' ? [] : text.split(',')),
};

const SINCE = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?$/;

/** A time as hours, minutes and seconds since 1970 began; undefined where it is none. */
function durationOf(text: string): string | undefined {
  const [, day = '', clock = '', digits = ''] = SINCE.exec(text) ?? [];
  const instant = new Date(`${day}T${clock}Z`);
  // A day that there is not would be another one.
  if (Number.isNaN(instant.getTime()) || !instant.toISOString().startsWith(`${day}T${clock}`))
    return undefined;
  const microseconds = BigInt(instant.getTime()) * 1000n + BigInt(digits.padEnd(6, '0'));
  const size = microseconds < 0n ? -microseconds : microseconds;
  const two = (value: bigint) => `${value}`.padStart(2, '0');
  const seconds = size / 1_000_000n;
  const written = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map(two).join(':');
  return `${microseconds < 0n ? '-' : ''}${written}.${`${size % 1_000_000n}`.padStart(6, '0')}`;
}

function isEmpty(text: string): boolean {
  return text.trim() === '' || /^0000-00-00([ T]00:00(:00(\.0*)?)?)?Z?$/.test(text);
}

const REALS: Readonly<Record<NonNullable<ColumnDecision['reals']>, (real: number) => number | bigint>> = {
  integers: (real) => (Number.isInteger(real) ? BigInt(real) : real),
  nearest: (real) => {
    const single = Math.fround(real);
    // What only zero or infinity is near to stays what it is.
    return Number.isFinite(single) && (single !== 0 || real === 0) ? single : real;
  },
};

/** As SQLite writes it, with as many digits as it takes to be read again. */
function numberText(number: number | bigint): string {
  if (typeof number === 'bigint') return `${number}`;
  if (!Number.isFinite(number)) return number > 0 ? 'Inf' : '-Inf';
  const text = Object.is(number, -0) ? '-0' : `${number}`;
  const [digits = '', exponent] = text.split('e');
  const whole = digits.includes('.') ? digits : `${digits}.0`;
  return exponent === undefined ? whole : `${whole}e${exponent}`;
}

/** The text before the fraction, to the second, its digits, and what stands behind them. */
const FRACTION = /^(\d{4}-\d\d-\d\d[ T])?(\d\d:\d\d:\d\d)\.(\d+)(.*)$/s;

type Shorten = (most: number, day: string, time: string, digits: string, rest: string) => string | undefined;

const FRACTIONS: Readonly<Record<NonNullable<ColumnDecision['fraction']>, Shorten>> = {
  truncate: (most, day, time, digits, rest) =>
    most === 0 ? `${day}${time}${rest}` : `${day}${time}.${digits.slice(0, most)}${rest}`,
  round: (most, day, time, digits, rest) => {
    const up = Number(digits[most]) >= 5 ? 1n : 0n;
    const [h = 0, m = 0, s = 0] = time.split(':').map(Number);
    const perSecond = 10n ** BigInt(most);
    const ticks = BigInt((h * 60 + m) * 60 + s) * perSecond + BigInt(digits.slice(0, most) || '0') + up;
    const perDay = 86_400n * perSecond;
    if (day === '' && ticks >= perDay) return undefined;
    const within = ticks % perDay;
    const two = (value: bigint) => String(value).padStart(2, '0');
    const seconds = within / perSecond;
    const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map(two).join(':');
    const fraction = most === 0 ? '' : `.${String(within % perSecond).padStart(most, '0')}`;
    const date = ticks >= perDay ? nextDay(day) : day;
    return date === undefined ? undefined : `${date}${clock}${fraction}${rest}`;
  },
};

/** A text with at most so many digits of a second; as it is where it has no more, or cannot be shortened. */
function shortened(how: NonNullable<ColumnDecision['fraction']>, most: number): (text: string) => string {
  return (text) => {
    const [, day = '', time = '', digits = '', rest = ''] = FRACTION.exec(text) ?? [];
    return digits.length <= most ? text : (FRACTIONS[how](most, day, time, digits, rest) ?? text);
  };
}

/** @returns undefined when it has five digits of a year */
function nextDay(day: string): string | undefined {
  const date = new Date(`${day.slice(0, 10)}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + 1);
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString();
  return /^\d{4}-/.test(text) ? text.slice(0, 10) + day.slice(10) : undefined;
}
