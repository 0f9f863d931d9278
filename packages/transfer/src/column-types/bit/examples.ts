import fc from 'fast-check';
import { example } from '../examples.ts';

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom('0', '1'), minLength, maxLength });

export const examples = [
  example('bit', digits(11, 11), { sql: 'bit(11)', maxLength: 11 }),
  example('varbit', digits(0, 20)),
];
