import type { Restore } from '../restore/types.ts';

/** As 0 and 1. */
export const restoreBoolean: Restore = { print: (column) => `${column}::int::text`, store: BigInt };
