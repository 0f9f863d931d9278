import fc from 'fast-check';
import { example } from '../examples.ts';
import { day } from '../timestamp/examples.ts';

export const examples = [
  example(
    'date',
    fc.tuple(day, fc.constantFrom('', ' 00:00:00', 'T00:00:00.000', ' 00:00')).map(([d, t]) => d + t),
  ),
];
