import { printedAsBytes } from '../canonical/digest-sql.ts';
import type { ColumnType, Traits } from '../column-type.ts';
import { canonicalReal } from './canonical.ts';
import { encodeReal, pageDouble } from './encode.ts';
import { restoreReal } from './restore.ts';

const traits: Traits = {
  highestInteger: undefined,
  isUnbounded: false,
  keepsText: false,
  decisions: ['empty=null'],
  namesInstants: false,
  shown: 'as-printed',
  isOpen: () => false,
  equality: 'as-stored',
  family: 'other',
  clock: {},
};

export const float4: ColumnType = {
  modifier: () => ({}),
  encode: encodeReal(true),
  canonical: canonicalReal(true),
  digestSql: printedAsBytes('float4send'),
  restore: restoreReal,
  traits: { ...traits, decisions: ['reals=nearest', 'empty=null'] },
};

export const float8: ColumnType = {
  modifier: () => ({}),
  encode: encodeReal(false),
  encodePage: pageDouble,
  canonical: canonicalReal(false),
  digestSql: printedAsBytes('float8send'),
  restore: restoreReal,
  traits: { ...traits, family: 'double' },
};
