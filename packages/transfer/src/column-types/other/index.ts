import { printedByCast } from '../canonical/digest-sql.ts';
import type { ColumnType } from '../column-type.ts';
import { encodeNothing } from './encode.ts';

/** Every type that is not in the registry: NULL alone is carried into it. */
export const other: ColumnType = {
  modifier: () => ({}),
  encode: encodeNothing,
  canonical: { print: () => () => undefined },
  digestSql: printedByCast,
  restore: undefined,
  traits: {
    highestInteger: undefined,
    isUnbounded: false,
    keepsText: false,
    decisions: [],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => true,
    equality: 'as-stored',
    family: 'other',
    clock: {},
  },
};
