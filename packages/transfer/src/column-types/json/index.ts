import { printedAlike } from '../canonical/digest-sql.ts';
import type { ColumnType, Traits } from '../column-type.ts';
import { canonicalJsonb, canonicalVerbatim } from './canonical.ts';
import { encodeJson, JSONB_VERSION, pageJson } from './encode.ts';
import { restoreJson } from './restore.ts';

const traits: Traits = {
  highestInteger: undefined,
  isUnbounded: true,
  keepsText: true,
  decisions: ['blobs=text', 'blobs=binary-json', 'empty=null'],
  namesInstants: false,
  shown: 'as-printed',
  isOpen: () => false,
  // White space and the order of keys.
  equality: (printed) => printed,
  family: 'json',
  clock: {},
};

/** Keeps the text as it is written. */
export const json: ColumnType = {
  modifier: () => ({}),
  encode: encodeJson(),
  encodePage: pageJson(),
  canonical: canonicalVerbatim,
  digestSql: printedAlike,
  restore: restoreJson(true),
  traits,
};

export const jsonb: ColumnType = {
  modifier: () => ({}),
  encode: encodeJson(JSONB_VERSION),
  encodePage: pageJson(JSONB_VERSION),
  canonical: canonicalJsonb,
  digestSql: printedAlike,
  restore: restoreJson(false),
  traits,
};
