import fc from 'fast-check';
import { example } from '../examples.ts';

export const document = fc
  .json({ maxDepth: 4 })
  .filter((value) => !/\\u0000|-0(?![.\d])|-0\.0*(?!\d)/.test(value));

/** What jsonb cannot hold, or not as it is written. */
const verbatim = fc.constantFrom('{"a":1,"a":2}', '[-0, 1e99999]', '"\\u0000"', '"\\ud800"', ' {"b" :\n1} ');

export const examples = [example('jsonb', document), example('json', fc.oneof(document, verbatim))];
