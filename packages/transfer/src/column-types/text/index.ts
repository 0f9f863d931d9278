import { printedAlike, printedByCast } from '../canonical/digest-sql.ts';
import type { ColumnType, Traits } from '../column-type.ts';
import type { Modifier } from '../types.ts';
import { canonicalText } from './canonical.ts';
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
};

export const text: ColumnType = {
  modifier: () => ({}),
  encode: encodeText,
  encodePage: pageText,
  canonical: canonicalText,
  digestSql: printedAlike,
  restore: restoreText,
  traits: { ...traits, isUnbounded: true },
};

export const varchar: ColumnType = { ...text, modifier: length, traits };

/** Of the extension citext: text of which the case does not count. */
export const citext: ColumnType = {
  ...text,
  digestSql: printedByCast,
  traits: { ...text.traits, equality: (printed) => printed.toLowerCase() },
};

export const bpchar: ColumnType = {
  modifier: length,
  encode: encodePadded,
  canonical: canonicalText,
  digestSql: printedByCast,
  restore: restoreText,
  traits,
};
