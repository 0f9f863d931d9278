import { printedAlike } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { type Clock, INSTANTS, UTC_NOW } from '../types.ts';
import { canonicalTime } from './canonical.ts';
import { encodeTimestamp, pageTimestamp } from './encode.ts';
import { restoreTimestamp } from './restore.ts';

const INSTANT: Clock = {
  CURRENT_TIMESTAMP: 'CURRENT_TIMESTAMP',
  CURRENT_DATE: `(date_trunc('day', ${UTC_NOW}) AT TIME ZONE 'UTC')`,
};
const LOCAL: Clock = {
  CURRENT_TIMESTAMP: `(${UTC_NOW})`,
  CURRENT_DATE: `date_trunc('day', ${UTC_NOW})`,
};

const time = (withZone: boolean): ColumnType => ({
  // Digits of a second's fraction (src/backend/utils/adt/timestamp.c).
  modifier: (typmod) => ({ fractionDigits: typmod }),
  encode: encodeTimestamp(withZone),
  encodePage: pageTimestamp(withZone),
  canonical: canonicalTime(withZone),
  digestSql: printedAlike,
  restore: restoreTimestamp(withZone),
  traits: {
    highestInteger: undefined,
    isUnbounded: false,
    keepsText: false,
    decisions: [...INSTANTS, 'fraction=truncate', 'fraction=round', 'empty=null'],
    namesInstants: withZone,
    shown: 'as-printed',
    isOpen: () => false,
    // One instant has many offsets, and a fraction's zeros may be written or not.
    equality: (printed) => printed,
    family: 'other',
    clock: withZone ? INSTANT : LOCAL,
  },
});

export const timestamp: ColumnType = time(false);
export const timestamptz: ColumnType = time(true);
