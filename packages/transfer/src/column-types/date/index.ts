import { printedAlike } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { INSTANTS, UTC_NOW } from '../types.ts';
import { canonicalDate } from './canonical.ts';
import { encodeDate } from './encode.ts';
import { restoreDate } from './restore.ts';

export const date: ColumnType = {
  modifier: () => ({}),
  encode: encodeDate,
  canonical: canonicalDate,
  digestSql: printedAlike,
  restore: restoreDate,
  traits: {
    highestInteger: undefined,
    isUnbounded: false,
    keepsText: false,
    decisions: [...INSTANTS, 'empty=null'],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => false,
    // A day, or its midnight in many forms.
    equality: (printed) => printed,
    family: 'other',
    clock: { CURRENT_TIMESTAMP: `((${UTC_NOW})::date)`, CURRENT_DATE: `((${UTC_NOW})::date)` },
  },
};
