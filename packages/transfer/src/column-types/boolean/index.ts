import { printedByCast } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { canonicalBoolean } from './canonical.ts';
import { encodeBoolean, pageBoolean } from './encode.ts';
import { restoreBoolean } from './restore.ts';

export const bool: ColumnType = {
  modifier: () => ({}),
  encode: encodeBoolean,
  encodePage: pageBoolean,
  canonical: canonicalBoolean,
  digestSql: printedByCast,
  restore: restoreBoolean,
  traits: {
    highestInteger: undefined,
    isUnbounded: false,
    keepsText: false,
    decisions: ['empty=null'],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => false,
    // As a number, or as one of many words.
    equality: (printed) => printed,
    family: 'boolean',
    clock: {},
  },
};
