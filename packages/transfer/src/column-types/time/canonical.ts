import { printedFraction } from '../canonical/instant.ts';
import type { Canonical } from '../canonical/types.ts';

const FORM = /^(\d\d:\d\d)(:\d\d)?(?:\.(\d+))?(?:(Z)|([+-]\d\d)(?::?(\d\d))?)?$/;

/** With its seconds, and with minutes of a zone only where they are not zero. */
export const canonicalTime: Canonical = {
  print: () => (value) => {
    const found = typeof value === 'string' ? FORM.exec(value) : null;
    if (found === null) return undefined;
    const [, minutes, seconds = ':00', fraction = '', utc, hours, rest = '00'] = found;
    const zone =
      utc || (hours === '-00' && rest === '00') ? '+00' : (hours ?? '') + (rest === '00' ? '' : `:${rest}`);
    return `${minutes}${seconds}${printedFraction(fraction)}${zone}`;
  },
};
