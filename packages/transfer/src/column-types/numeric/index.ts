import { printedAlike } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { canonicalNumeric } from './canonical.ts';
import { encodeNumeric, pageNumeric } from './encode.ts';
import { restoreNumeric } from './restore.ts';

export const numeric: ColumnType = {
  // Precision and scale, and the four bytes of a value's own (src/backend/utils/adt/numeric.c).
  modifier: (typmod) => ({ precision: (typmod - 4) >> 16, scale: (typmod - 4) & 0x7ff }),
  encode: encodeNumeric,
  encodePage: pageNumeric,
  canonical: canonicalNumeric,
  digestSql: printedAlike,
  restore: restoreNumeric,
  traits: {
    highestInteger: undefined,
    isUnbounded: false,
    keepsText: false,
    decisions: ['empty=null'],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => false,
    // The scale is kept, and yet 1.0 equals 1.00.
    equality: (printed) => (printed.includes('.') ? printed.replace(/\.?0+$/, '') : printed),
    family: 'decimal',
    clock: {},
  },
};
