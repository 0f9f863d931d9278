import { asText } from '../restore/as-text.ts';
import type { Restore } from '../restore/types.ts';

/** NaN and the infinities are no amounts in SQLite. */
export const restoreNumeric: Restore = {
  ...asText,
  store: (printed) => (/^-?\d+(\.\d+)?$/.test(printed) ? printed : undefined),
};
