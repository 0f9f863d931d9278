import { printedAlike } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
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
    numbersAreTimes: false,
    namesInstants: false,
    isOpen: () => false,
    equality: 'as-stored',
  },
};
