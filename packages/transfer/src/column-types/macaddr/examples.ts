import fc from 'fast-check';
import { example } from '../examples.ts';

const pair = fc.integer({ min: 0, max: 255 }).map((byte) => byte.toString(16).padStart(2, '0'));

export const examples = [
  example(
    'macaddr',
    fc
      .tuple(fc.array(pair, { minLength: 6, maxLength: 6 }), fc.constantFrom(':', '-'), fc.boolean())
      .map(([pairs, between, upper]) => (upper ? pairs.join(between).toUpperCase() : pairs.join(between))),
  ),
];
