import { printedInstant } from '../canonical/instant.ts';
import type { Canonical } from '../canonical/types.ts';

/** The day: of a text that says midnight, or of a number that is one under a policy. */
export const canonicalDate: Canonical = {
  print:
    ({ numericTimes }) =>
    (value) => {
      if (typeof value === 'string')
        return /^(\d{4}-\d\d-\d\d)(?:[ T][0:.]+(?: ?(?:Z|UTC|[+-][0:]+))?)?$/.exec(value)?.[1];
      if (value instanceof Uint8Array || numericTimes === undefined) return undefined;
      const printed = printedInstant(value, numericTimes);
      return printed?.endsWith(' 00:00:00') ? printed.slice(0, 10) : undefined;
    },
};
