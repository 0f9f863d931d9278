import { printedAlike } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { asText } from '../restore/as-text.ts';
import { canonicalMacaddr } from './canonical.ts';
import { encodeMacaddr } from './encode.ts';

export const macaddr: ColumnType = {
  modifier: () => ({}),
  encode: encodeMacaddr,
  canonical: canonicalMacaddr,
  digestSql: printedAlike,
  restore: asText,
  traits: {
    highestInteger: undefined,
    isUnbounded: false,
    keepsText: false,
    decisions: ['empty=null'],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => false,
    equality: (printed) => printed,
    family: 'other',
    clock: {},
  },
};
