import type { Rule } from '../../rule.ts';
import { rule } from './pick.ts';

const greece = rule((_, { sellerCountry }) => sellerCountry === 'GR' || sellerCountry === 'EL');
export const GREECE: readonly Rule[] = [
  greece('GR-R-004-1', 'Greek invoices carry a mark of myDATA, which these documents cannot', () => [
    'supplier.country',
  ]),
];
