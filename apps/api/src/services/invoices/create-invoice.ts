import type { ExactInvoice, TenantInvoices } from '@vatevo/db';
import type { InvoiceRequest } from '../../contract/invoice-request.ts';
import { totals } from '../../money/totals.ts';
import { buildUbl } from '../../ubl/build.ts';
import { statusEvent } from './events.ts';
import type { StoredStatus } from './status.ts';

/** The statuses an invoice goes through at its creation, the last of which it keeps. */
function statusesReached(hasDocument: boolean, submit: boolean): StoredStatus[] {
  if (!hasDocument) return ['FAILED'];
  return submit ? ['VALIDATED', 'SUBMITTED'] : ['VALIDATED'];
}

/**
 * Stores an invoice, its UBL document and the events that tell of it, all or
 * nothing. It ends `validated`, or `submitted` when asked to; one that no
 * document can be made of is stored as `failed` with the reason.
 */
export function createInvoice(tenant: TenantInvoices, request: InvoiceRequest): Promise<ExactInvoice> {
  const amounts = totals(request.line_items);
  const document = buildUbl({
    ...amounts,
    invoiceNumber: request.invoice_number,
    issueDate: request.issue_date.writtenDate,
    dueDate: request.due_date?.writtenDate ?? null,
    currency: request.currency,
    supplier: request.supplier,
    customer: request.customer,
    lines: request.line_items,
  });
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
      ...amounts,
      currency: request.currency,
      supplierData: request.supplier,
      customerData: request.customer,
      lineItems: request.line_items,
      ublXml: document.ok ? document.xml : null,
      errorMessage: document.ok ? null : document.reason,
      submittedAt: status === 'SUBMITTED' ? new Date() : null,
    },
    reached.map((each) => statusEvent(each, request)),
  );
}
