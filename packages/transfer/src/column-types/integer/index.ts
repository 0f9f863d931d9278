import { printedAlike } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { canonicalInteger } from './canonical.ts';
import { encodeInteger, pageInteger, type Width } from './encode.ts';
import { restoreInteger } from './restore.ts';

/** @param width in bytes */
const integer = (width: Width): ColumnType => ({
  modifier: () => ({}),
  encode: encodeInteger(width),
  encodePage: pageInteger(width),
  canonical: canonicalInteger,
  digestSql: printedAlike,
  restore: restoreInteger,
  traits: {
    highestInteger: 2n ** BigInt(8 * width - 1) - 1n,
    isUnbounded: false,
    keepsText: false,
    decisions: ['reals=integers', 'empty=null'],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => false,
    equality: 'as-stored',
    family: 'integer',
    clock: {},
  },
});

export const int2: ColumnType = integer(2);
export const int4: ColumnType = integer(4);
export const int8: ColumnType = integer(8);
