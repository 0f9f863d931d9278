import fc from 'fast-check';
import { example } from '../examples.ts';

const label = fc.string({ unit: fc.constantFrom(...'Top_9aZ'), minLength: 1, maxLength: 8 });

export const examples = [
  example(
    'ltree',
    fc.array(label, { maxLength: 6 }).map((labels) => labels.join('.')),
    { setup: 'CREATE EXTENSION IF NOT EXISTS ltree' },
  ),
];
