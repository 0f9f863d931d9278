/** Ids are INTEGER; PostgreSQL answers a bigger number with an error, not with "no row". */
export const MAX_ID = 2 ** 31 - 1;
export const MIN_ID = -(2 ** 31);

export const isId = (value: number) => Number.isInteger(value) && value >= MIN_ID && value <= MAX_ID;

/** Behind which id to go on; what is smaller than all ids, or between two of them, is made one that SQL takes. */
export const idBefore = (after: number) => Math.max(MIN_ID, Math.floor(after));
