import { printedByCast } from '../canonical/digest-sql.ts';
import type { ColumnType, Traits } from '../column-type.ts';
import { type Modifier, UTC_NOW } from '../types.ts';
import { canonicalText, citextSql, textSql } from './canonical.ts';
import { encodePadded, encodeText, pageText } from './encode.ts';
import { restoreText } from './restore.ts';

/** The length and the four bytes of a value's own (src/backend/utils/adt/varchar.c). */
const length = (typmod: number): Modifier => ({ maxLength: typmod - 4 });

const traits: Traits = {
  highestInteger: undefined,
  isUnbounded: false,
  keepsText: true,
  decisions: ['numbers=text', 'blobs=text', 'nul=strip'],
  namesInstants: false,
  shown: 'as-printed',
  isOpen: () => true,
  equality: 'as-stored',
  family: 'other',
  clock: {},
};

/** Of what is compared and computed with as SQLite does. */
const plain: Traits = {
  ...traits,
  family: 'text',
  clock: {
    CURRENT_TIMESTAMP: `to_char(${UTC_NOW}, 'YYYY-MM-DD HH24:MI:SS')`,
    CURRENT_DATE: `to_char(${UTC_NOW}, 'YYYY-MM-DD')`,
    CURRENT_TIME: `to_char(${UTC_NOW}, 'HH24:MI:SS')`,
  },
};

export const text: ColumnType = {
  modifier: () => ({}),
  encode: encodeText,
  encodePage: pageText,
  canonical: canonicalText,
  digestSql: textSql,
  restore: restoreText,
  traits: { ...plain, isUnbounded: true },
};

export const varchar: ColumnType = { ...text, modifier: length, traits: plain };

/** Of the extension citext: text of which the case does not count. */
export const citext: ColumnType = {
  ...text,
  digestSql: citextSql,
  traits: { ...traits, isUnbounded: true, equality: (printed) => printed.toLowerCase() },
};

export const bpchar: ColumnType = {
  modifier: length,
  encode: encodePadded,
  canonical: canonicalText,
  digestSql: printedByCast,
  restore: restoreText,
  traits,
};
