import { printedAlike } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { asText } from '../restore/as-text.ts';
import { canonicalUuid } from './canonical.ts';
import { encodeUuid } from './encode.ts';

export const uuid: ColumnType = {
  modifier: () => ({}),
  encode: encodeUuid,
  canonical: canonicalUuid,
  digestSql: printedAlike,
  restore: asText,
  traits: {
    highestInteger: undefined,
    isUnbounded: false,
    keepsText: false,
    decisions: ['blobs=uuid', 'blobs=dotnet-uuid', 'empty=null'],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => false,
    // In any case, with hyphens and braces or without.
    equality: (printed) => printed,
  },
};
