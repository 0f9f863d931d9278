import { ADJUSTMENT_RULES } from './en16931/adjustments.ts';
import { CODE_LIST_RULES } from './en16931/code-lists.ts';
import { DOCUMENT_RULES } from './en16931/document.ts';
import { TOTALS_RULES } from './en16931/totals.ts';
import { VAT_CATEGORY_GROUPS } from './en16931/vat-categories.ts';
import { OWN_RULES } from './own.ts';
import { PEPPOL_RULES } from './peppol/document.ts';
import { IDENTIFIER_GROUP } from './peppol/identifiers.ts';
import { NATIONAL_GROUPS } from './peppol/national.ts';
import { NEWER_CODES } from './peppol/newer-codes.ts';
import type { Rule, RuleGroup } from './rule.ts';

/** Every rule that documents are held to. What it does not hold is in not-checked.ts, with the reason. */
export const RULE_GROUPS: readonly RuleGroup[] = [
  { rules: [...DOCUMENT_RULES, ...ADJUSTMENT_RULES, ...TOTALS_RULES] },
  ...VAT_CATEGORY_GROUPS,
  { rules: [...CODE_LIST_RULES, ...PEPPOL_RULES, ...NEWER_CODES] },
  IDENTIFIER_GROUP,
  ...NATIONAL_GROUPS,
  { rules: OWN_RULES },
];

export const RULES: readonly Rule[] = RULE_GROUPS.flatMap(({ rules }) => rules);

const BY_ID: ReadonlyMap<string, Rule> = new Map(RULES.map((rule) => [rule.id, rule]));

/** The rule of this id; undefined when this release has none. */
export function ruleOf(id: string): Rule | undefined {
  return BY_ID.get(id);
}
