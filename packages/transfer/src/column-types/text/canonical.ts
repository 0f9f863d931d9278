import { printedAlike, printedByCast } from '../canonical/digest-sql.ts';
import type { Canonical, DigestSql } from '../canonical/types.ts';

/** The very text. */
export const canonicalText: Canonical = {
  print: () => (value) => (typeof value === 'string' ? value : undefined),
  printLarge: (text) => text,
};

/** Where the server keeps texts in UTF-8, that makes no copy of one. */
const hashed = (value: string) => `encode(sha256(convert_to(${value}::text, 'UTF8')), 'hex')`;

export const textSql: DigestSql = { ...printedAlike, hashed };
export const citextSql: DigestSql = { ...printedByCast, hashed };
