import type { Customer, LineItem, Supplier } from '../contract/invoice-request.ts';
import type { Totals } from '../money/totals.ts';

/** What an invoice document says. */
export interface UblInvoice extends Totals {
  readonly invoiceNumber: string;
  /** Calendar days, `2025-01-15`. */
  readonly issueDate: string;
  readonly dueDate: string | null;
  /** ISO 4217. */
  readonly currency: string;
  readonly supplier: Supplier;
  readonly customer: Customer;
  readonly lines: readonly LineItem[];
}
