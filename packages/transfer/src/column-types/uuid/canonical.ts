import type { Canonical } from '../canonical/types.ts';

const FORM = /^(\{?)([0-9a-f]{8})(-?)([0-9a-f]{4})\3([0-9a-f]{4})\3([0-9a-f]{4})\3([0-9a-f]{12})(\}?)$/i;

export const canonicalUuid: Canonical = {
  print: () => (value) => {
    const found = typeof value === 'string' ? FORM.exec(value) : null;
    if (found === null || (found[1] === '') !== (found[8] === '')) return undefined;
    return [found[2], found[4], found[5], found[6], found[7]].join('-').toLowerCase();
  },
};
