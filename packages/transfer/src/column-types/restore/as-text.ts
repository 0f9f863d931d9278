import type { Restore } from './types.ts';

/** Values that are stored as the text which the server prints. */
export const asText: Restore = { print: (column) => `${column}::text`, store: (printed) => printed };
