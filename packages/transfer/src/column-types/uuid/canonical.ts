import { hex } from '../canonical/hex.ts';
import type { Canonical } from '../canonical/types.ts';

export const canonicalUuid: Canonical = {
  print: () => (value) =>
    typeof value === 'string' ? value : value instanceof Uint8Array ? hyphenated(hex(value)) : undefined,
};

function hyphenated(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.*)$/, '$1-$2-$3-$4-$5');
}
