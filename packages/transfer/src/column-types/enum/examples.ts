import fc from 'fast-check';
import { example } from '../examples.ts';

const labels = ['DRAFT', 'Bé', '', 'a\x1fb'];

export const examples = [
  example('enum', fc.constantFrom(...labels), {
    sql: 'vatevo_mood',
    labels,
    setup: `CREATE TYPE vatevo_mood AS ENUM (${labels.map((label) => `'${label}'`).join(', ')})`,
  }),
];
