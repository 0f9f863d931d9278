import type { DocumentDetails } from '../contract/invoice-details.ts';
import type { Customer, LineItem, Supplier } from '../contract/invoice-request.ts';

/** What a document is made of, as requests say it and the database keeps it. */
export interface InvoiceContent {
  readonly invoiceNumber: string | undefined;
  /** Calendar days, `2025-01-15`. */
  readonly issueDate: string | undefined;
  readonly dueDate: string | undefined;
  /** ISO 4217. */
  readonly currency: string;
  readonly supplier: Supplier;
  readonly customer: Customer;
  readonly lines: readonly LineItem[];
  readonly details: DocumentDetails;
}
