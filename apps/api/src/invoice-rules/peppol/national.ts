import type { Rule } from '../rule.ts';
import { DENMARK } from './national/denmark.ts';
import { GERMANY } from './national/germany.ts';
import { GREECE } from './national/greece.ts';
import { ICELAND } from './national/iceland.ts';
import { ITALY } from './national/italy.ts';
import { NETHERLANDS } from './national/netherlands.ts';
import { NORWAY } from './national/norway.ts';
import { SWEDEN } from './national/sweden.ts';

/** What Peppol's rules are for one country. */
export const NATIONAL_RULES: readonly Rule[] = [
  ...GERMANY,
  ...NETHERLANDS,
  ...ITALY,
  ...SWEDEN,
  ...DENMARK,
  ...NORWAY,
  ...ICELAND,
  ...GREECE,
];
