import { printedAlike } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { canonicalUuid } from './canonical.ts';
import { encodeUuid } from './encode.ts';
import { restoreUuid } from './restore.ts';

export const uuid: ColumnType = {
  modifier: () => ({}),
  encode: encodeUuid,
  canonical: canonicalUuid,
  digestSql: printedAlike,
  restore: restoreUuid,
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
    family: 'other',
    clock: {},
  },
};
