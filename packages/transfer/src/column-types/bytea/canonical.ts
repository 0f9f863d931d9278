import { createHash } from 'node:crypto';
import { hex } from '../canonical/hex.ts';
import type { Canonical, DigestSql } from '../canonical/types.ts';

/** In hex, whatever the server's `bytea_output` says. */
export const canonicalBytea: Canonical = {
  print: () => (value) => (value instanceof Uint8Array ? hex(value) : undefined),
  digest: (value) =>
    value instanceof Uint8Array ? createHash('sha256').update(value).digest('hex') : undefined,
};

const hashed = (value: string) => `encode(sha256(${value}), 'hex')`;

/** In a digest, its own digest: a closed form, and half a gigabyte of bytes is no gigabyte of digits. */
export const byteaSql: DigestSql = {
  printed: (value) => `encode(${value}, 'hex')`,
  digested: hashed,
  hashed,
  read: (printed) => `decode(${printed}, 'hex')`,
};
