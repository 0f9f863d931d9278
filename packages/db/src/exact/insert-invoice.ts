import { canonicalDecimal } from './decimal.ts';
import { canonicalTimestamp } from './timestamp.ts';
import type { JsonInput, NewInvoice } from './types.ts';

type Encode = (value: never) => unknown;

const asIs: Encode = (value) => value;
const json: Encode = (value: JsonInput) => JSON.stringify(value);
const decimal: Encode = canonicalDecimal as Encode;
const timestamp: Encode = canonicalTimestamp as Encode;

/** Every column an invoice can be made with, and how its value is written. */
const COLUMNS: { readonly [Field in keyof NewInvoice]-?: readonly [column: string, encode: Encode] } = {
  externalId: ['external_id', asIs],
  status: ['status', asIs],
  countryCode: ['country_code', asIs],
  invoiceNumber: ['invoice_number', asIs],
  issueDate: ['issue_date', timestamp],
  dueDate: ['due_date', timestamp],
  subtotal: ['subtotal', decimal],
  taxAmount: ['tax_amount', decimal],
  totalAmount: ['total_amount', decimal],
  currency: ['currency', asIs],
  supplierData: ['supplier_data', json],
  customerData: ['customer_data', json],
  lineItems: ['line_items', json],
  documentData: ['document_data', json],
  violations: ['violations', json],
  ublXml: ['ubl_xml', asIs],
  countryXml: ['country_xml', asIs],
  pdfUrl: ['pdf_url', asIs],
  submissionId: ['submission_id', asIs],
  errorMessage: ['error_message', asIs],
  submittedAt: ['submitted_at', timestamp],
};
const FIELDS = Object.keys(COLUMNS) as (keyof NewInvoice)[];

export interface InvoiceValues {
  readonly columns: readonly string[];
  readonly values: readonly unknown[];
}

/**
 * The columns that a new invoice names and their values as text both databases
 * store exactly. What is undefined is not named, so that the default applies.
 */
export function invoiceValues(tenantId: number, invoice: NewInvoice): InvoiceValues {
  const columns = ['tenant_id'];
  const values: unknown[] = [tenantId];
  for (const field of FIELDS) {
    const value = invoice[field];
    if (value === undefined) continue;
    const [column, encode] = COLUMNS[field];
    columns.push(column);
    // A JSON null is a value of its own; in every other column null is SQL's.
    values.push(value === null && encode !== json ? null : encode(value as never));
  }
  return { columns, values };
}
