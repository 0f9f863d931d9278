import type { Canonical } from '../canonical/types.ts';

/** The very text. */
export const canonicalText: Canonical = {
  print: () => (value) => (typeof value === 'string' ? value : undefined),
  printLarge: (text) => text,
};
