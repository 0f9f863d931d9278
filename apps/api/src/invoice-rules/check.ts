import type { InvoiceDocument } from '../invoice-document/document.ts';
import { factsOf } from './facts.ts';
import type { Location, Rule } from './rule.ts';
import { RULES } from './table.ts';
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
  for (const rule of RULES) {
    let places = 0;
    for (const location of rule.broken(document, facts)) {
      violations.push({ rule, location });
      if (++places === MAX_PLACES) break;
    }
  }
  return { violations: violations.slice(0, MAX_VIOLATIONS), claim: claimOf(violations) };
}

function claimOf(violations: readonly Violation[]): Claim {
  const fatal = violations.filter(({ rule }) => rule.severity === 'fatal');
  if (fatal.length === 0) return 'Peppol';
  return fatal.every(({ rule }) => rule.source === 'Peppol') ? 'EN 16931' : undefined;
}
