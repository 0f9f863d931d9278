import type { Canonical } from '../canonical/types.ts';

/** The very label. */
export const canonicalEnum: Canonical = {
  print: () => (value) => (typeof value === 'string' ? value : undefined),
};
