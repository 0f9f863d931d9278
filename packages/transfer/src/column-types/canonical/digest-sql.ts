import type { DigestSql } from './types.ts';

const cast = (value: string) => `${value}::text`;
const read = (printed: string, type: string) => `${printed}::${type}`;

/** A value that `concat_ws` prints as a cast to text does. */
export const printedAlike: DigestSql = { printed: cast, digested: (value) => value, read };

/** A value that only a cast to text prints so. */
export const printedByCast: DigestSql = { printed: cast, digested: cast, read };

/**
 * A value by the bytes that a function of the server makes of it: its text depends on settings and versions. From the
 * bytes SQL cannot make the value again.
 */
export function printedAsBytes(send: string): DigestSql {
  const printed = (value: string) => `encode(${send}(${value}), 'hex')`;
  return { printed, digested: printed, read: undefined };
}
