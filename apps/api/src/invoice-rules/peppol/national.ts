import type { Rule, RuleGroup } from '../rule.ts';
import { DENMARK } from './national/denmark.ts';
import { GERMANY } from './national/germany.ts';
import { GREECE } from './national/greece.ts';
import { ICELAND } from './national/iceland.ts';
import { ITALY } from './national/italy.ts';
import { NETHERLANDS } from './national/netherlands.ts';
import { NORWAY } from './national/norway.ts';
import { SWEDEN } from './national/sweden.ts';

/** What Peppol's rules are for the sellers of one country: by their address or by their VAT identifier. */
const ofSellersIn = (countries: readonly string[], rules: readonly Rule[]): RuleGroup => ({
  concerns: ({ seller }, { sellerCountry }) =>
    countries.includes(sellerCountry) || countries.includes(seller.address.country),
  rules,
});

export const NATIONAL_GROUPS: readonly RuleGroup[] = [
  ofSellersIn(['DE'], GERMANY),
  ofSellersIn(['NL'], NETHERLANDS),
  ofSellersIn(['IT'], ITALY),
  ofSellersIn(['SE'], SWEDEN),
  ofSellersIn(['DK'], DENMARK),
  ofSellersIn(['NO'], NORWAY),
  ofSellersIn(['IS'], ICELAND),
  // Of a tax representative the identifier counts for some rules, and not for others.
  ofSellersIn(['GR', 'EL'], GREECE),
];
