import { printedAlike } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { asText } from '../restore/as-text.ts';
import { canonicalEnum } from './canonical.ts';
import { encodeEnum, pageEnum } from './encode.ts';

/** Every enum, whatever its name. */
export const anyEnum: ColumnType = {
  modifier: () => ({}),
  encode: encodeEnum,
  encodePage: pageEnum,
  canonical: canonicalEnum,
  digestSql: printedAlike,
  restore: asText,
  traits: {
    highestInteger: undefined,
    isUnbounded: false,
    keepsText: false,
    decisions: ['empty=null'],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: ({ labels = [] }) => labels.some((label) => label === '' || label.includes('\x1f')),
    equality: 'as-stored',
    family: 'other',
    clock: {},
  },
};
