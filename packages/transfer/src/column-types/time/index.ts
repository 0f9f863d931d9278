import { printedAlike } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { asText } from '../restore/as-text.ts';
import { UTC_NOW } from '../types.ts';
import { canonicalTime } from './canonical.ts';
import { encodeTime } from './encode.ts';
import { restoreTime } from './restore.ts';

const ofDay = (withZone: boolean): ColumnType => ({
  // Digits of a second's fraction (src/backend/utils/adt/date.c).
  modifier: (typmod) => ({ fractionDigits: typmod }),
  encode: encodeTime(withZone),
  canonical: canonicalTime,
  digestSql: printedAlike,
  restore: withZone ? asText : restoreTime,
  traits: {
    highestInteger: undefined,
    isUnbounded: false,
    keepsText: false,
    decisions: ['fraction=truncate', 'fraction=round', 'empty=null'],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => false,
    // Seconds and zeros of a fraction may be written or not.
    equality: (printed) => printed,
    family: 'other',
    clock: withZone ? {} : { CURRENT_TIME: `((${UTC_NOW})::time(0))` },
  },
});

export const time: ColumnType = ofDay(false);
export const timetz: ColumnType = ofDay(true);
