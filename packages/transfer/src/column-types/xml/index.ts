import { printedByCast } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { asText } from '../restore/as-text.ts';
import { canonicalXml } from './canonical.ts';
import { encodeXml } from './encode.ts';

export const xml: ColumnType = {
  modifier: () => ({}),
  encode: encodeXml,
  canonical: canonicalXml,
  digestSql: printedByCast,
  restore: asText,
  traits: {
    highestInteger: undefined,
    isUnbounded: true,
    keepsText: true,
    decisions: ['blobs=text', 'nul=strip', 'empty=null'],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => true,
    equality: 'as-stored',
    family: 'other',
    clock: {},
  },
};
