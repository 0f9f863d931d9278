import type { Restore } from '../restore/types.ts';

export const restoreMoney: Restore = {
  print: (column) => `${column}::numeric::text`,
  store: (printed) => printed,
};
