import { printedByCast } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { canonicalHstore } from './canonical.ts';
import { encodeHstore } from './encode.ts';
import { restoreHstore } from './restore.ts';

/** Of the extension hstore: out of its own text, or out of a JSON object of texts. */
export const hstore: ColumnType = {
  modifier: () => ({}),
  encode: encodeHstore,
  canonical: canonicalHstore,
  digestSql: printedByCast,
  restore: restoreHstore,
  traits: {
    highestInteger: undefined,
    isUnbounded: true,
    keepsText: true,
    decisions: ['nul=strip'],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => true,
    equality: (printed) => printed,
    family: 'other',
    clock: {},
  },
};
