import { printedByCast } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { asText } from '../restore/as-text.ts';
import { canonicalLtree } from './canonical.ts';
import { encodeLtree } from './encode.ts';

/** Of the extension ltree. */
export const ltree: ColumnType = {
  modifier: () => ({}),
  encode: encodeLtree,
  canonical: canonicalLtree,
  digestSql: printedByCast,
  restore: asText,
  traits: {
    highestInteger: undefined,
    isUnbounded: true,
    keepsText: false,
    decisions: [],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => true,
    equality: 'as-stored',
    family: 'other',
    clock: {},
  },
};
