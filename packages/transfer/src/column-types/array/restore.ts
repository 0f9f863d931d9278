import type { Restore } from '../restore/types.ts';

/** As JSON. */
export const restoreArray: Restore = {
  print: (column) => `array_to_json(${column})::text`,
  store: (printed) => printed,
};
