import type { ColumnType } from '../column-type.ts';
import { byteaSql, canonicalBytea } from './canonical.ts';
import { encodeBytea, pageBytea } from './encode.ts';
import { restoreBytea } from './restore.ts';

export const bytea: ColumnType = {
  modifier: () => ({}),
  encode: encodeBytea,
  encodePage: pageBytea,
  canonical: canonicalBytea,
  digestSql: byteaSql,
  restore: restoreBytea,
  traits: {
    highestInteger: undefined,
    isUnbounded: true,
    keepsText: false,
    decisions: ['texts=bytes'],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => false,
    equality: 'as-stored',
    family: 'other',
    clock: {},
  },
};
