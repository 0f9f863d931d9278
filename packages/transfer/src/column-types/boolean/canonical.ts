import type { Canonical } from '../canonical/types.ts';

const TRUE = /^(?:t|true|y|yes|on)$/i;
const FALSE = /^(?:f|false|n|no|off)$/i;

export const canonicalBoolean: Canonical = {
  print: () => (value) => {
    if (typeof value !== 'string') return value === 1n ? 'true' : value === 0n ? 'false' : undefined;
    return TRUE.test(value) ? 'true' : FALSE.test(value) ? 'false' : undefined;
  },
};
