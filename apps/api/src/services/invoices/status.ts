import type { ExactInvoice } from '@vatevo/db';
import type { InvoiceStatus } from '../../contract/list-query.ts';

/** A status as the database names it. */
export type StoredStatus = ExactInvoice['status'];

/** The API speaks lower-case statuses, the database upper-case ones. */
export function storedStatus(status: InvoiceStatus): StoredStatus {
  return status.toUpperCase() as Uppercase<InvoiceStatus>;
}
