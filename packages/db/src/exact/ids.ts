import { InexactIdError } from '../errors.ts';

/** Ids are numbers of JSON's, all of which are told apart up to this one; PostgreSQL's columns are BIGINT, and hold to it. */
export const MAX_ID = Number.MAX_SAFE_INTEGER;
const MIN_ID = Number.MIN_SAFE_INTEGER;

/** Those of tenants are INTEGER; PostgreSQL answers a bigger number with an error, not with "no row". */
export const MAX_TENANT_ID = 2 ** 31 - 1;
export const MIN_TENANT_ID = -(2 ** 31);

export const isId = (value: number) => Number.isSafeInteger(value);

export const isTenantId = (value: number) =>
  Number.isInteger(value) && value >= MIN_TENANT_ID && value <= MAX_TENANT_ID;

/** Behind which id to go on; what is smaller than all ids, or between two of them, is made one that SQL takes. */
export const idBefore = (after: number) => Math.max(MIN_ID, Math.floor(after));

/**
 * An id as it is stored, or a number that is as large.
 *
 * @param name of what it is, for the refusal
 * @throws {InexactIdError} when another one would look the same
 */
export function readId(stored: unknown, name: string): number {
  const id = Number(stored);
  if (!isId(id)) throw new InexactIdError(name, String(stored));
  return id;
}
