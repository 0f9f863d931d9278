import type { Canonical } from '../canonical/types.ts';

/** The very text. */
export const canonicalXml: Canonical = {
  print: () => (value) => (typeof value === 'string' ? value : undefined),
};
