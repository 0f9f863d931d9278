import fc from 'fast-check';
import { example } from '../examples.ts';

export const document = fc
  .json({ maxDepth: 4 })
  .filter((value) => !/\\u0000|-0(?![.\d])|-0\.0*(?!\d)/.test(value));

export const examples = [example('jsonb', document), example('json', document)];
