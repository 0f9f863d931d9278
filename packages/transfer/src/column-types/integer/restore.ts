import { byClass } from '../restore/by-class.ts';
import type { Restore } from '../restore/types.ts';

/** A whole REAL, where a decision took such ones. */
const FORMS = byClass({
  integer: { store: BigInt },
  real: { store: (printed) => (Number.isSafeInteger(Number(printed)) ? Number(printed) : undefined) },
});

export const restoreInteger: Restore = {
  print: (column) => `${column}::text`,
  store: BigInt,
  forms: ({ decision }) => (decision?.reals === undefined ? undefined : FORMS),
};
