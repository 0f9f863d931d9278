import type { Canonical, Print } from '../canonical/types.ts';
import { canonicalJson } from './canonical-print.ts';
import { printLargeJson, writeJson } from './canonical-write.ts';

/** The very text; a number is what SQLite made of a JSON scalar. */
const written: Print = (value) =>
  value instanceof Uint8Array ? undefined : Object.is(value, -0) ? '-0.0' : `${value}`;

export const canonicalVerbatim: Canonical = { print: () => written, printLarge: (text) => text };

export const canonicalJsonb: Canonical = {
  print: () => (value) => {
    const text = written(value);
    return text === undefined ? undefined : canonicalJson(text);
  },
  writer: (_, text, otherwise) => (stored) => {
    if (typeof stored === 'string' && writeJson(stored, text)) text.end();
    else otherwise(stored);
  },
  printLarge: printLargeJson,
};
