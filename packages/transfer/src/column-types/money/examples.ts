import fc from 'fast-check';
import { example } from '../examples.ts';

const text = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.integer({ min: 0, max: 10 ** 9 }),
    fc.constantFrom('', '.5', '.05', '.990', '.00'),
  )
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction}`);

export const examples = [
  example(
    'money',
    fc.oneof(text, fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.constantFrom(0.5, 1230.99)),
  ),
];
