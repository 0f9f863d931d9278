import type { InvoiceDocument } from '../invoice-document/document.ts';
import { factsOf } from './facts.ts';
import type { Location, Rule } from './rule.ts';
import { RULE_GROUPS } from './table.ts';
import { MAX_PLACES } from './walk.ts';

/** A place where a document breaks a rule. */
export interface Violation {
  readonly rule: Rule;
  readonly location: Location;
}

/** What a document may say that it follows; nothing when it breaks EN 16931. */
export type Claim = 'Peppol' | 'EN 16931' | undefined;

export interface Verdict {
  /** In the order of the table: of each rule the first ten places, and a hundred in all. */
  readonly violations: readonly Violation[];
  readonly claim: Claim;
}

/** Every answer that shows the invoice lists them. */
const MAX_VIOLATIONS = 100;

/** Holds a document to every rule of the table. */
export function check(document: InvoiceDocument): Verdict {
  const facts = factsOf(document);
  const violations: Violation[] = [];
  for (const { concerns, rules } of RULE_GROUPS) {
    if (concerns && !concerns(document, facts)) continue;
    for (const rule of rules) {
      const locations = rule.broken(document, facts);
      const places = Math.min(locations.length, MAX_PLACES);
      for (let index = 0; index < places; index++)
        violations.push({ rule, location: locations[index] as Location });
    }
  }
  return { violations: violations.slice(0, MAX_VIOLATIONS), claim: claimOf(violations) };
}

function claimOf(violations: readonly Violation[]): Claim {
  const fatal = violations.filter(({ rule }) => rule.severity === 'fatal');
  if (fatal.length === 0) return 'Peppol';
  return fatal.every(({ rule }) => rule.source === 'Peppol') ? 'EN 16931' : undefined;
}
