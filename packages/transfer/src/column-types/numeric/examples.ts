import fc from 'fast-check';
import { example } from '../examples.ts';
import { integer } from '../integer/examples.ts';

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });

export const decimal = fc
  .tuple(fc.constantFrom('', '-'), fc.bigInt({ min: 0n, max: 10n ** 50n }), fc.option(digits(1, 25)))
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}`)
  .filter((text) => !/^-[0.]+$/.test(text));

const real = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));

/** Fewer digits than the type's scale, or more that are zeros. */
const priced = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.integer({ min: 1, max: 99_999_999 }),
    fc.constantFrom('', '.5', '.25', '.10', '.990', '.00000'),
  )
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction}`);

export const examples = [
  example('numeric', fc.oneof(decimal, integer(64n), real)),
  example('numeric', fc.oneof(fc.bigInt({ min: -(10n ** 8n) + 1n, max: 10n ** 8n - 1n }), priced), {
    sql: 'numeric(10,2)',
    precision: 10,
    scale: 2,
  }),
];
