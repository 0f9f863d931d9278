import type { ColumnType } from '../column-type.ts';
import { canonicalMoney, moneySql } from './canonical.ts';
import { encodeMoney } from './encode.ts';
import { restoreMoney } from './restore.ts';

export const money: ColumnType = {
  modifier: () => ({}),
  encode: encodeMoney,
  canonical: canonicalMoney,
  digestSql: moneySql,
  restore: restoreMoney,
  traits: {
    highestInteger: undefined,
    isUnbounded: false,
    keepsText: false,
    decisions: ['empty=null'],
    namesInstants: false,
    shown: 'as-printed',
    isOpen: () => false,
    equality: (printed) => printed,
    family: 'other',
    clock: {},
  },
};
