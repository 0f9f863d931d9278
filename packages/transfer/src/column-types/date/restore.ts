import { asText } from '../restore/as-text.ts';
import type { Restore } from '../restore/types.ts';

/** The infinities, and days before Christ or behind the year 9999, are no dates in SQLite. */
export const restoreDate: Restore = {
  ...asText,
  store: (printed) => (/^\d{4}-\d\d-\d\d$/.test(printed) ? printed : undefined),
};
