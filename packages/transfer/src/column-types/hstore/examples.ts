import fc from 'fast-check';
import { example } from '../examples.ts';

const text = fc.string({ unit: 'binary', maxLength: 8 }).map((value) => value.replaceAll('\0', ''));
const pairs = fc.uniqueArray(fc.tuple(text, fc.option(text)), { maxLength: 5, selector: ([key]) => key });
const quoted = (value: string) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`;

export const examples = [
  example(
    'hstore',
    fc
      .tuple(pairs, fc.constantFrom(' , ', ',', ', '))
      .map(([all, between]) =>
        all.map(([key, value]) => `${quoted(key)}=>${value === null ? 'NULL' : quoted(value)}`).join(between),
      ),
    {
      setup: 'CREATE EXTENSION IF NOT EXISTS hstore',
      // The server itself reads no JSON as pairs.
      read: (literal) => `CASE WHEN ${literal} ~ '^\\s*\\{' THEN
        (SELECT coalesce(hstore(array_agg(key), array_agg(value)), '') FROM json_each_text((${literal})::json))
        ELSE (${literal})::hstore END`,
    },
  ),
];
