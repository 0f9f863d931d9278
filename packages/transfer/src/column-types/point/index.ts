import { printedAsBytes } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { asText } from '../restore/as-text.ts';
import { canonicalPoint, shownPoint } from './canonical.ts';
import { encodePoint } from './encode.ts';

export const point: ColumnType = {
  modifier: () => ({}),
  encode: encodePoint,
  canonical: canonicalPoint,
  digestSql: printedAsBytes('point_send'),
  restore: asText,
  traits: {
    highestInteger: undefined,
    isUnbounded: false,
    keepsText: false,
    decisions: ['empty=null'],
    namesInstants: false,
    shown: shownPoint,
    isOpen: () => false,
    equality: (printed) => printed,
    family: 'other',
    clock: {},
  },
};
