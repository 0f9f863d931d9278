import { printedAsBytes } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { DURATIONS, type Modifier } from '../types.ts';
import { canonicalInterval } from './canonical.ts';
import { encodeInterval } from './encode.ts';
import { restoreInterval } from './restore.ts';

export const interval: ColumnType = {
  // Digits of a second's fraction in the lower half, all of them where it says none; in the upper one the fields
  // (src/backend/utils/adt/timestamp.c).
  modifier: (typmod) => {
    const finest = finestOf((typmod >> 16) & 0x7fff);
    return {
      ...((typmod & 0xffff) !== 0xffff && { fractionDigits: typmod & 0xffff }),
      ...(finest && { finest }),
    };
  },
  encode: encodeInterval,
  canonical: canonicalInterval,
  digestSql: printedAsBytes('interval_send'),
  restore: restoreInterval,
  traits: {
    highestInteger: undefined,
    isUnbounded: false,
    keepsText: false,
    decisions: [...DURATIONS, 'empty=null', 'texts=since-1970'],
    namesInstants: false,
    shown: (printed) => {
      const [microseconds, days, months] = partsOf(printed);
      const clock = `${microseconds < 0n ? '-' : ''}${clockOf(microseconds < 0n ? -microseconds : microseconds)}`;
      return [months && `${months} mons`, days && `${days} days`, clock]
        .filter((part) => part !== 0n)
        .join(' ');
    },
    isOpen: () => false,
    // To PostgreSQL a month is 30 days, and a day 24 hours.
    equality: (printed) => {
      const [microseconds, days, months] = partsOf(printed);
      return `${microseconds + (days + months * 30n) * 86_400_000_000n}`;
    },
    family: 'other',
    clock: {},
  },
};

/** Bits of the fields, the smallest first (src/include/utils/datetime.h). */
const FIELDS = [
  [12, undefined],
  [11, 'minute'],
  [10, 'hour'],
  [3, 'day'],
  [1, 'month'],
  [2, 'year'],
] as const;

function finestOf(fields: number): Modifier['finest'] {
  return FIELDS.find(([bit]) => (fields >> bit) & 1)?.[1];
}

/** Of what the server sends, in hexadecimal digits. */
function partsOf(printed: string): [microseconds: bigint, days: bigint, months: bigint] {
  const part = (from: number, bits: number) =>
    BigInt.asIntN(bits, BigInt(`0x${printed.slice(from, from + bits / 4)}`));
  return [part(0, 64), part(16, 32), part(24, 32)];
}

/** HH:MM:SS, with a fraction where there is one. */
function clockOf(microseconds: bigint): string {
  const [seconds, fraction] = [microseconds / 1_000_000n, microseconds % 1_000_000n];
  const digits = (value: bigint) => `${value}`.padStart(2, '0');
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map(digits).join(':');
  return fraction === 0n ? clock : `${clock}.${`${fraction}`.padStart(6, '0').replace(/0+$/, '')}`;
}
