import fc from 'fast-check';
import { example } from '../examples.ts';

/** Text of any characters but NUL; half of a surrogate pair is none. */
const text = (maxLength: number) =>
  fc.string({ unit: 'binary', maxLength }).map((value) => value.replaceAll('\0', ''));

export const examples = [
  example('citext', text(60), { setup: 'CREATE EXTENSION IF NOT EXISTS citext' }),
  example('text', text(60)),
  example('varchar', text(8), { sql: 'varchar(20)', maxLength: 20 }),
  example('bpchar', fc.constantFrom('abc', 'Ä b', ' 12', '\u{1F642}xy'), { sql: 'char(3)', maxLength: 3 }),
];
