import { printedAsBytes } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { asText } from '../restore/as-text.ts';
import { DURATIONS } from '../types.ts';
import { canonicalInterval } from './canonical.ts';
import { encodeInterval } from './encode.ts';

export const interval: ColumnType = {
  // Digits of a second's fraction in the lower half, all of them where it says none (src/backend/utils/adt/timestamp.c).
  modifier: (typmod) => ((typmod & 0xffff) === 0xffff ? {} : { fractionDigits: typmod & 0xffff }),
  encode: encodeInterval,
  canonical: canonicalInterval,
  digestSql: printedAsBytes('interval_send'),
  restore: asText,
  traits: {
    highestInteger: undefined,
    isUnbounded: false,
    keepsText: false,
    decisions: [...DURATIONS, 'empty=null'],
    namesInstants: false,
    isOpen: () => false,
    // To PostgreSQL a month is 30 days, and a day 24 hours.
    equality: (printed) => {
      const part = (from: number, bits: number) =>
        BigInt.asIntN(bits, BigInt(`0x${printed.slice(from, from + bits / 4)}`));
      return `${part(0, 64) + (part(16, 32) + part(24, 32) * 30n) * 86_400_000_000n}`;
    },
  },
};
