import type { Canonical } from '../canonical/types.ts';

export const canonicalInteger: Canonical = {
  print: () => (value) => (typeof value === 'bigint' ? `${value}` : undefined),
  writer: (_, text, otherwise) => (stored) => {
    const number = typeof stored === 'bigint' ? Number(stored) : Number.NaN;
    if (Number.isSafeInteger(number)) text.integer(number);
    else otherwise(stored);
  },
};
