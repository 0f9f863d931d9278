import type { Canonical } from '../canonical/types.ts';

export const canonicalMacaddr: Canonical = {
  print: () => (value) => (typeof value === 'string' ? value.split('-').join(':').toLowerCase() : undefined),
};
