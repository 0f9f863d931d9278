import { formsOfAmount, NUMBERS, numberIn, REALS } from '../restore/number.ts';
import type { Restore } from '../restore/types.ts';

/** SQLite holds infinities, and makes NULL of NaN. */
const amount = (printed: string) => (printed === 'NaN' ? undefined : Number(printed));

/** A single is printed as the double that it is: the shortest text of a single reads back as another double. */
export const restoreReal: Restore = {
  print: (column) => `${column}::float8::text`,
  store: amount,
  forms: ({ decision }) => {
    // Doubles became the nearest singles: the shortest text is the double that was meant.
    const print = decision?.reals === 'nearest' ? (column: string) => `${column}::text` : undefined;
    return {
      byClass: false,
      of: (stored) => (typeof stored === 'bigint' || typeof stored === 'number' ? formsOfAmount(stored) : []),
      writer: (form) => {
        if (form !== NUMBERS && form !== REALS) return undefined;
        return {
          ...(print && { print }),
          store: (printed) => numberIn(printed === '-0' ? REALS : form, printed, () => true),
        };
      },
    };
  },
};
