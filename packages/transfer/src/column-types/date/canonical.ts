import type { Canonical } from '../canonical/types.ts';

/** The very text: the server prints the form that is carried. */
export const canonicalDate: Canonical = {
  print: () => (value) => (typeof value === 'string' ? value : undefined),
};
