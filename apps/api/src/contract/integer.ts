import { z } from 'zod';

/** The largest id: a number of JSON's that no other looks like. */
export const MAX_ID = Number.MAX_SAFE_INTEGER;

/**
 * An integer as it stands in a path or a query string. It stays a bigint: what
 * is out of range is for the caller to check, and no digit is lost before that.
 *
 * @example integerText.parse('007') // 7n
 */
export const integerText = z
  .string()
  .refine((digits) => /^[+-]?\d+$/.test(digits), {
    error: 'Input should be a valid integer, unable to parse string as an integer',
    params: { type: 'int_parsing' },
    abort: true,
  })
  .transform((digits) => BigInt(digits.replace('+', '')));

const inRange = (id: bigint) => id <= BigInt(MAX_ID) && id >= -BigInt(MAX_ID);

/** An id in a path. One beyond the column's range is well-formed, only that nothing can have it: it becomes undefined. */
export const idInPath = integerText
  .transform((id) => (inRange(id) ? Number(id) : undefined))
  .meta({ type: 'integer' });
