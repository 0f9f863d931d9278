import fc from 'fast-check';
import { example } from '../examples.ts';

const INT4 = 23;
const TEXT = 25;
const strings = fc.array(fc.option(fc.string({ unit: 'grapheme-ascii', maxLength: 6 })), { maxLength: 5 });
const integers = fc.array(fc.integer(), { maxLength: 5 });

/** What the server makes of the same elements, out of the JSON array. */
const read = (type: string) => (literal: string) =>
  `(SELECT coalesce(array_agg(item ORDER BY place), '{}')::${type}[] FROM json_array_elements_text(${literal}::json) WITH ORDINALITY AS j (item, place))`;

export const examples = [
  example(
    'array',
    strings.map((items) => JSON.stringify(items)),
    {
      sql: 'text[]',
      element: { name: 'text', sql: 'text', oid: TEXT },
      read: read('text'),
    },
  ),
  example(
    'array',
    integers.map((items) => JSON.stringify(items)),
    {
      sql: 'integer[]',
      element: { name: 'int4', sql: 'integer', oid: INT4 },
      read: read('int'),
    },
  ),
];
