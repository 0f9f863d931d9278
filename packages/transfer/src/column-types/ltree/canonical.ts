import type { Canonical } from '../canonical/types.ts';

/** The very text. */
export const canonicalLtree: Canonical = {
  print: () => (value) => (typeof value === 'string' ? value : undefined),
};
