import type { InvoiceContent } from '../../invoice-document/content.ts';
import type { DocumentTotals } from '../../invoice-document/document.ts';
import { makeDocument } from '../../invoice-document/make-document.ts';
import { check, type Violation } from '../../invoice-rules/check.ts';
import type { InvoiceRules } from '../../settings.ts';
import { buildUbl } from '../../ubl/build.ts';
import { ublFaults } from '../../ubl/faults.ts';

/** What became of an invoice's content: its document, or why it has none. */
export interface Evaluated {
  readonly document:
    | { readonly ok: true; readonly xml: string }
    | { readonly ok: false; readonly reason: string };
  readonly violations: readonly Violation[];
  readonly totals: DocumentTotals;
}

/** Which violations leave an invoice without a document. */
function isRefused({ rule }: Violation, rules: InvoiceRules): boolean {
  if (rules === 'report' || rule.severity !== 'fatal') return false;
  return rules === 'enforce' || rule.source !== 'Peppol';
}

/** The most rules that a reason names; all of them are in the violations. */
const MAX_NAMED = 5;

function reasonOf(refused: readonly Violation[]): string {
  const ids = [...new Set(refused.map(({ rule }) => rule.id))];
  const named = refused
    .filter(({ rule }, index) => refused.findIndex((other) => other.rule === rule) === index)
    .slice(0, MAX_NAMED)
    .map(({ rule, location }) => `${rule.id} at ${location} (${rule.message})`);
  const more = ids.length > MAX_NAMED ? `; and ${ids.length - MAX_NAMED} more rules` : '';
  return `The invoice breaks ${named.join('; ')}${more}`;
}

/** Makes the document of an invoice, holds it to the rules, and writes it unless `rules` forbid that. */
export function evaluate(content: InvoiceContent, rules: InvoiceRules): Evaluated {
  const document = makeDocument(content);
  const { violations, claim } = check(document);
  const { totals } = document;
  const faults = ublFaults(content);
  if (faults.length > 0) {
    const reason = `No UBL document can be made: ${faults.join('; ')}`;
    return { document: { ok: false, reason }, violations, totals };
  }
  const refused = violations.filter((violation) => isRefused(violation, rules));
  if (refused.length > 0) return { document: { ok: false, reason: reasonOf(refused) }, violations, totals };
  return { document: { ok: true, xml: buildUbl(document, claim) }, violations, totals };
}
