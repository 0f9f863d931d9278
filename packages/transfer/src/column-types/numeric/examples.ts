import fc from 'fast-check';
import { example } from '../examples.ts';
import { integer } from '../integer/examples.ts';

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });

export const decimal = fc
  .tuple(fc.constantFrom('', '-'), fc.bigInt({ min: 0n, max: 10n ** 50n }), fc.option(digits(1, 25)))
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}`)
  .filter((text) => !/^-[0.]+$/.test(text));

export const examples = [
  example('numeric', fc.oneof(decimal, integer(64n))),
  example('numeric', fc.bigInt({ min: -(10n ** 8n) + 1n, max: 10n ** 8n - 1n }), {
    sql: 'numeric(10,2)',
    precision: 10,
    scale: 2,
  }),
];
