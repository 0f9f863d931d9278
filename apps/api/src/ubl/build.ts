import type { InvoiceDocument } from '../invoice-document/document.ts';
import type { Claim } from '../invoice-rules/check.ts';
import { documentAdjustments, monetaryTotal, taxTotals } from './amounts.ts';
import { line, period } from './line.ts';
import { parties } from './parties.ts';
import { payment } from './payment.ts';
import { group, leaf, xmlDocument } from './xml.ts';

const EN_16931 = 'urn:cen.eu:en16931:2017';
const PEPPOL = `${EN_16931}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0`;
const PEPPOL_PROFILE = 'urn:fdc:peppol.eu:2017:poacc:billing:01:1.0';

const SCHEMA = 'urn:oasis:names:specification:ubl:schema:xsd';
const ROOTS = { invoice: 'Invoice', 'credit note': 'CreditNote' } as const;

/** What the document says that it follows, and the process that it is part of. */
function claimed(claim: Claim): string {
  if (claim === undefined) return '';
  return claim === 'Peppol'
    ? leaf('cbc:CustomizationID', PEPPOL) + leaf('cbc:ProfileID', PEPPOL_PROFILE)
    : leaf('cbc:CustomizationID', EN_16931);
}

/** The heads of the two documents have the same elements in another order. */
function head({ kind, typeCode, dueDate, taxPointDate, note }: InvoiceDocument): string {
  return kind === 'invoice'
    ? leaf('cbc:DueDate', dueDate) +
        leaf('cbc:InvoiceTypeCode', typeCode) +
        leaf('cbc:Note', note) +
        leaf('cbc:TaxPointDate', taxPointDate)
    : leaf('cbc:TaxPointDate', taxPointDate) +
        leaf('cbc:CreditNoteTypeCode', typeCode) +
        leaf('cbc:Note', note);
}

function references(document: InvoiceDocument): string {
  let preceding = '';
  for (const { number, issueDate } of document.preceding) {
    preceding += group(
      'cac:BillingReference',
      group('cac:InvoiceDocumentReference', leaf('cbc:ID', number ?? ''), leaf('cbc:IssueDate', issueDate)),
    );
  }
  return (
    leaf('cbc:BuyerReference', document.buyerReference) +
    period(document.period) +
    group('cac:OrderReference', leaf('cbc:ID', document.purchaseOrder)) +
    preceding +
    group('cac:ContractDocumentReference', leaf('cbc:ID', document.contract))
  );
}

/**
 * Writes `document` as a UBL 2.1 Invoice or CreditNote that says that it follows what `claim` names, its elements
 * in the order that the UBL schema prescribes.
 */
export function buildUbl(document: InvoiceDocument, claim: Claim): string {
  const root = ROOTS[document.kind];
  return xmlDocument(
    root,
    {
      xmlns: `${SCHEMA}:${root}-2`,
      'xmlns:cac': `${SCHEMA}:CommonAggregateComponents-2`,
      'xmlns:cbc': `${SCHEMA}:CommonBasicComponents-2`,
    },
    claimed(claim),
    leaf('cbc:ID', document.number ?? ''),
    leaf('cbc:IssueDate', document.issueDate),
    head(document),
    leaf('cbc:DocumentCurrencyCode', document.currency),
    leaf('cbc:TaxCurrencyCode', document.taxCurrency?.code),
    references(document),
    parties(document),
    payment(document),
    documentAdjustments(document, document.currency),
    taxTotals(document),
    monetaryTotal(document.totals, document.currency),
    ...document.lines.map((each) => line(each, document)),
  );
}
