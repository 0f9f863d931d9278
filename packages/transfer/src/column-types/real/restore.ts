import type { Restore } from '../restore/types.ts';

/** A single is printed as the double that it is: the shortest text of a single reads back as another double. */
export const restoreReal: Restore = {
  print: (column) => `${column}::float8::text`,
  store: (printed) => (Number.isFinite(Number(printed)) ? Number(printed) : undefined),
};
