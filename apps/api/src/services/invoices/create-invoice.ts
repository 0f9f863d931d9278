import type { ExactInvoice, TenantInvoices } from '@vatevo/db';
import type { InvoiceRequest } from '../../contract/invoice-request.ts';
import { keptViolations } from '../../contract/violations.ts';
import type { DocumentTotals } from '../../invoice-document/document.ts';
import { type Totals, totals } from '../../money/totals.ts';
import type { InvoiceRules } from '../../settings.ts';
import { contentOf, documentDataOf } from './content.ts';
import { evaluate } from './evaluate.ts';
import { statusEvent } from './events.ts';
import type { StoredStatus } from './status.ts';

/** The statuses an invoice goes through at its creation, the last of which it keeps. */
function statusesReached(hasDocument: boolean, submit: boolean): StoredStatus[] {
  if (!hasDocument) return ['FAILED'];
  return submit ? ['VALIDATED', 'SUBMITTED'] : ['VALIDATED'];
}

/**
 * The amounts that an invoice is listed with: what its lines add up to, as clients expect it. Where allowances or
 * charges are on the whole of it the lines do not say it all, and it is what the document says.
 */
function amountsOf(request: InvoiceRequest, document: DocumentTotals): Totals {
  if (!request.allowances?.length && !request.charges?.length) return totals(request.line_items);
  return { subtotal: document.withoutTax, taxAmount: document.tax, totalAmount: document.withTax };
}

/**
 * Stores an invoice, its UBL document and the events that tell of it, all or
 * nothing. It ends `validated`, or `submitted` when asked to; one that no
 * document can be made of, or that breaks a rule which `rules` enforce, is
 * stored as `failed` with the reason.
 */
export function createInvoice(
  tenant: TenantInvoices,
  request: InvoiceRequest,
  rules: InvoiceRules,
): Promise<ExactInvoice> {
  const content = contentOf(request);
  const { document, violations, totals: written } = evaluate(content, rules);
  const reached = statusesReached(document.ok, request.submit_immediately);
  const status = reached[reached.length - 1] as StoredStatus;

  return tenant.createInvoice(
    {
      externalId: request.external_id,
      status,
      countryCode: request.country_code,
      invoiceNumber: request.invoice_number,
      issueDate: request.issue_date.utc,
      dueDate: request.due_date?.utc ?? null,
      ...amountsOf(request, written),
      currency: request.currency,
      supplierData: request.supplier,
      customerData: request.customer,
      lineItems: request.line_items,
      documentData: documentDataOf(content),
      violations: keptViolations(violations),
      ublXml: document.ok ? document.xml : null,
      errorMessage: document.ok ? null : document.reason,
      submittedAt: status === 'SUBMITTED' ? new Date() : null,
    },
    reached.map((each) => statusEvent(each, request)),
  );
}
