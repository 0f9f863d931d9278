import type { ColumnType } from '../column-type.ts';
import type { TargetType } from '../types.ts';
import { arraySql, canonicalArray } from './canonical.ts';
import { encodeArray } from './encode.ts';
import { restoreArray } from './restore.ts';

/** Every array, whatever it is of. @param of what is known of its elements' type */
export const anyArray = (of: (type: TargetType) => ColumnType): ColumnType => ({
  modifier: () => ({}),
  encode: encodeArray((type, options) => of(type).encode(type, options)),
  canonical: canonicalArray((column) => of(column.type).canonical.print(column)),
  digestSql: arraySql((type) => of(type).digestSql),
  restore: restoreArray,
  traits: {
    highestInteger: undefined,
    isUnbounded: true,
    keepsText: true,
    decisions: ['empty=null', 'texts=commas'],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => true,
    equality: (printed) => printed,
    family: 'other',
    clock: {},
  },
});
