import type { Canonical } from '../canonical/types.ts';

export const canonicalBoolean: Canonical = {
  print: () => (value) => (value === 1n ? 'true' : value === 0n ? 'false' : undefined),
};
