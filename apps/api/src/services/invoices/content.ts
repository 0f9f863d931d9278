import type { ExactInvoice, JsonInput } from '@vatevo/db';
import { z } from 'zod';
import { day } from '../../contract/day.ts';
import { type DocumentDetails, documentDetails } from '../../contract/invoice-details.ts';
import {
  customer,
  type InvoiceRequest,
  lineItem,
  supplier,
  type ValidationRequest,
} from '../../contract/invoice-request.ts';
import type { InvoiceContent } from '../../invoice-document/content.ts';

/** ISO 4217: what an invoice is in that names no currency. */
const DEFAULT_CURRENCY = 'EUR';

const FIELDS = Object.keys(documentDetails.shape) as (keyof DocumentDetails)[];

/** The optional fields of a request that are the document's own; those that are missing are left out. */
function detailsOf(request: DocumentDetails): DocumentDetails {
  const given = FIELDS.filter((field) => request[field] != null);
  return Object.fromEntries(given.map((field) => [field, request[field]]));
}

/** What a request says of an invoice, for a document to be made of it. */
export function contentOf(request: InvoiceRequest | ValidationRequest): InvoiceContent {
  return {
    invoiceNumber: request.invoice_number ?? undefined,
    issueDate: request.issue_date?.writtenDate,
    dueDate: request.due_date?.writtenDate,
    currency: request.currency ?? DEFAULT_CURRENCY,
    supplier: request.supplier,
    customer: request.customer,
    lines: request.line_items,
    details: detailsOf(request),
  };
}

/** What the column `document_data` keeps: the days as their sender wrote them, and what else the document says. */
export function documentDataOf({ issueDate, dueDate, details }: InvoiceContent): JsonInput {
  return { issue_date: issueDate, due_date: dueDate, ...details };
}

/** An invoice's JSON columns, as far as a document is made of them. */
export const storedContent = z.object({
  supplierData: supplier,
  customerData: customer,
  lineItems: z.array(lineItem),
  // Invoices from before the column, or from another service, have none.
  documentData: documentDetails.extend({ issue_date: day.nullish(), due_date: day.nullish() }).nullable(),
});

/** The same content from what is stored; without the days as they were written these are the UTC days. */
export function contentOfStored(
  invoice: ExactInvoice,
  stored: z.infer<typeof storedContent>,
): InvoiceContent {
  const { issue_date, due_date, ...details } = stored.documentData ?? {};
  return {
    invoiceNumber: invoice.invoiceNumber,
    issueDate: issue_date ?? invoice.issueDate.slice(0, 10),
    dueDate: due_date ?? invoice.dueDate?.slice(0, 10),
    currency: invoice.currency,
    supplier: stored.supplierData,
    customer: stored.customerData,
    lines: stored.lineItems,
    details,
  };
}
