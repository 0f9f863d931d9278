import type { Restore } from '../restore/types.ts';

export const restoreInteger: Restore = { print: (column) => `${column}::text`, store: BigInt };
