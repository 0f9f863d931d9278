import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { invoiceRequest } from '../src/contract/invoice-request.ts';
import { makeDocument } from '../src/invoice-document/make-document.ts';
import { check } from '../src/invoice-rules/check.ts';
import { ruleOf } from '../src/invoice-rules/table.ts';
import { contentOf } from '../src/services/invoices/content.ts';

/**
 * Invoices of all kinds, most of them wrong in several ways, and the rules that their documents break by the official
 * validators: the Schematron of CEN (EN 16931 for UBL 1.3.16) and of OpenPeppol (BIS Billing 3.0.19), run over what is written
 * for each as if it claimed Peppol. Taken from thousands that were tried, so that each rule which was met is in one of them.
 */
interface Verdict {
  readonly body: unknown;
  readonly breaks: readonly string[];
}
const VERDICTS = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'support/official-verdicts.json'), 'utf8'),
) as Verdict[];

/** BR-DEC-…, once more. */
const ONLY_THEIRS = new Set(['UBL-DT-01']);
const ONLY_OURS = new Set([
  // Dropped with 1.3.16; earlier ones still ask for it.
  'BR-CO-25',
  // Their tests never fail; UBL-DT-01 does in their place.
  'BR-DEC-13',
  'BR-DEC-15',
  // An empty element satisfies them, which BR-CL-16 and BR-CL-14 refuse.
  'BR-49',
  'BR-57',
]);

it.each(VERDICTS.map((verdict, index) => ({ ...verdict, index })))(
  'invoice $index breaks what the official validators say: $breaks',
  ({ body, breaks }) => {
    const { violations, claim } = check(makeDocument(contentOf(invoiceRequest.parse(body))));
    const ours = new Set(violations.map(({ rule }) => rule.id));
    const comparable = [...ours].filter((id) => !id.startsWith('VATEVO') && !ONLY_OURS.has(id));
    expect(comparable.toSorted()).toEqual(breaks.filter((id) => !ONLY_THEIRS.has(id)).toSorted());
    const fatal = breaks.map(ruleOf).filter((rule) => rule?.severity === 'fatal');
    if (claim === 'Peppol') expect(fatal).toEqual([]);
    if (claim === 'EN 16931') expect(fatal.filter((rule) => rule?.source === 'EN 16931')).toEqual([]);
  },
);
