import fc from 'fast-check';
import { example } from '../examples.ts';

const pad = (value: number, width: number) => String(value).padStart(width, '0');
const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 6 });

export const day = fc
  .tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 31 }))
  // Every day that exists, the leap days among them.
  .filter(([y, m, d]) => d <= new Date(Date.UTC(2000 + (y % 400), m, 0)).getUTCDate())
  .map(([y, m, d]) => `${pad(y, 4)}-${pad(m, 2)}-${pad(d, 2)}`);

const time = fc
  .tuple(fc.integer({ min: 0, max: 86_399 }), fc.option(digits), fc.constantFrom(' ', 'T'))
  .map(
    ([s, fraction, between]) =>
      `${between}${pad(Math.floor(s / 3600), 2)}:${pad(Math.floor(s / 60) % 60, 2)}:${pad(s % 60, 2)}${fraction === null ? '' : `.${fraction}`}`,
  );

const local = fc.tuple(day, time).map(([d, t]) => d + t);

export const zoned = fc
  .tuple(local, fc.constantFrom('', 'Z', '+00', '+02:00', '-05:30', '+0545', '-1559'))
  .filter(([text]) => !/^(0001-01-01|9999-12-31)/.test(text))
  .map(([text, zone]) => text + zone);

const short = fc.tuple(day, fc.constantFrom('', ' 10:20', 'T23:59')).map(([d, t]) => d + t);
const spaced = fc
  .tuple(local, fc.constantFrom(' +00:00', ' -0330', ' UTC', ' Z'))
  .filter(([text]) => !/^(0001-01-01|9999-12-31)/.test(text))
  .map(([text, zone]) => text + zone);

export const examples = [
  example('timestamptz', fc.oneof(zoned, short, spaced)),
  example('timestamp', fc.oneof(local, short, zoned), {
    read: (literal) => `${literal}::timestamptz AT TIME ZONE 'UTC'`,
  }),
];
