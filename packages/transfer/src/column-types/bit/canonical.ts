import type { Canonical } from '../canonical/types.ts';

/** The very digits. */
export const canonicalBits: Canonical = {
  print: () => (value) => (typeof value === 'string' || typeof value === 'bigint' ? `${value}` : undefined),
};
