import { printedAlike } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { asText } from '../restore/as-text.ts';
import { canonicalBits } from './canonical.ts';
import { encodeBits } from './encode.ts';

const bits = (isVarying: boolean): ColumnType => ({
  // The number of bits (src/backend/utils/adt/varbit.c).
  modifier: (typmod) => ({ maxLength: typmod }),
  encode: encodeBits(isVarying),
  canonical: canonicalBits,
  digestSql: printedAlike,
  restore: asText,
  traits: {
    highestInteger: undefined,
    isUnbounded: isVarying,
    keepsText: false,
    decisions: ['empty=null'],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => isVarying,
    equality: 'as-stored',
    family: 'other',
    clock: {},
  },
});

export const bit: ColumnType = bits(false);
export const varbit: ColumnType = bits(true);
