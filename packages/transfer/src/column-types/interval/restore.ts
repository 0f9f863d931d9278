import { asText } from '../restore/as-text.ts';
import { byShape, formsOfEither } from '../restore/by-shape.ts';
import { fractionForms, shapeOfFraction, writeFraction } from '../restore/fraction.ts';
import { numericTimeForms } from '../restore/number.ts';
import type { Forms, FormWriter, Restore } from '../restore/types.ts';

const CLOCK = /^-?\d+:\d\d:\d\d(?:\.(\d+))?$/;
const CLOCK_FORM = /^H:MM:SS(.*)$|^HH:MM:SS(.*)$/;

/** Months, days and microseconds, whatever the session's style of intervals is. */
const printParts = (column: string) =>
  `concat_ws(' ', (date_part('year', ${column}) * 12 + date_part('month', ${column}))::bigint, date_part('day', ${column})::bigint,
     ((extract(hour FROM ${column}) * 60 + extract(minute FROM ${column})) * 60000000 + extract(microseconds FROM ${column}))::bigint)`;

/** Days count for 24 hours, as where they came from; months for nothing. */
const inMicroseconds = (column: string) =>
  `CASE WHEN date_part('year', ${column}) = 0 AND date_part('month', ${column}) = 0
        THEN (extract(epoch FROM ${column}) * 1000000)::bigint * interval '1 microsecond' ELSE ${column} END`;

interface Parts {
  readonly months: bigint;
  readonly days: bigint;
  readonly microseconds: bigint;
}

function partsOf(printed: string): Parts {
  const [months = 0n, days = 0n, microseconds = 0n] = printed.split(' ').map(BigInt);
  return { months, days, microseconds };
}

function wholeOf(printed: string): bigint | undefined {
  const { months, days, microseconds } = partsOf(printed);
  return months === 0n ? days * 86_400_000_000n + microseconds : undefined;
}

function shapeOfText(text: string): string {
  const [clock, digits] = CLOCK.exec(text) ?? [];
  return `${text.startsWith('P')} ${clock === undefined} ${/^-?\d:/.test(text)} ${shapeOfFraction(digits)}`;
}

function formsOfText(text: string): readonly string[] {
  if (text.startsWith('P')) return ['ISO 8601'];
  const [clock, digits] = CLOCK.exec(text) ?? [];
  if (clock === undefined) return ['text'];
  const width = /^-?\d:/.test(text) ? 'H' : 'HH';
  return fractionForms(digits).map((fraction) => `${width}:MM:SS${fraction}`);
}

function textWriter(form: string): FormWriter | undefined {
  if (form === 'text') return { store: (printed) => printed };
  if (form === 'ISO 8601') return { print: printParts, store: isoOf };
  const found = CLOCK_FORM.exec(form);
  if (found === null) return undefined;
  const width = form.startsWith('HH') ? 2 : 1;
  const fraction = found[1] ?? found[2] ?? '';
  return {
    print: printParts,
    held: inMicroseconds,
    store: (printed) => {
      const whole = wholeOf(printed);
      if (whole === undefined) return undefined;
      const size = whole < 0n ? -whole : whole;
      const [seconds, rest] = [size / 1_000_000n, `${size % 1_000_000n}`.padStart(6, '0')];
      const two = (value: bigint, digits = 2) => `${value}`.padStart(digits, '0');
      const clock = [two(seconds / 3600n, width), two((seconds / 60n) % 60n), two(seconds % 60n)].join(':');
      return `${whole < 0n ? '-' : ''}${clock}${writeFraction(rest, fraction)}`;
    },
  };
}

function isoOf(printed: string): string {
  const { months, days, microseconds } = partsOf(printed);
  const part = (value: bigint, unit: string) => (value === 0n ? '' : `${value}${unit}`);
  const date = part(months / 12n, 'Y') + part(months % 12n, 'M') + part(days, 'D');
  const size = microseconds < 0n ? -microseconds : microseconds;
  const sign = microseconds < 0n ? '-' : '';
  const seconds = size % 60_000_000n;
  const fraction = writeFraction(`${seconds % 1_000_000n}`.padStart(6, '0'), '');
  const time =
    part(microseconds / 3_600_000_000n, 'H') +
    part((microseconds / 60_000_000n) % 60n, 'M') +
    (seconds === 0n ? '' : `${sign}${seconds / 1_000_000n}${fraction}S`);
  if (date === '' && time === '') return 'PT0S';
  return `P${date}${time === '' ? '' : `T${time}`}`;
}

/** As numbers, clocks or texts of ISO 8601, as the file has them. */
export const restoreInterval: Restore = {
  ...asText,
  forms: ({ numericTimes }): Forms => {
    const numbers =
      numericTimes &&
      numericTimeForms({
        policy: numericTimes,
        digits: 6,
        microseconds: wholeOf,
        print: printParts,
        held: inMicroseconds,
      });
    const ofText = byShape(shapeOfText, formsOfText);
    return {
      ...formsOfEither(ofText, numbers),
      writer: (form) => textWriter(form) ?? numbers?.writer(form),
    };
  },
};
