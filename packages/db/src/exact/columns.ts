import type { Delivery } from '../outbox.ts';
import type { ExactDialect } from './runner.ts';
import type { ExactInvoice, ExactTenant } from './types.ts';

/** What is selected of an invoice, in the order in which {@link readInvoice} reads it. */
export const INVOICE_COLUMNS =
  'id, tenant_id, external_id, status, country_code, invoice_number, issue_date, due_date, ' +
  'subtotal, tax_amount, total_amount, currency, ubl_xml IS NOT NULL, country_xml IS NOT NULL, ' +
  'pdf_url, submission_id, error_message, retry_count, created_at, updated_at, submitted_at, violations';

/** What is selected of a tenant, in the order in which {@link readTenant} reads it. */
export const TENANT_COLUMNS = 'id, name, api_key_prefix, webhook_url, is_active, created_at, updated_at';

export function readInvoice(row: readonly unknown[], { boolean, timestamp }: ExactDialect): ExactInvoice {
  return {
    id: Number(row[0]),
    tenantId: Number(row[1]),
    externalId: row[2] as string,
    status: row[3] as ExactInvoice['status'],
    countryCode: row[4] as ExactInvoice['countryCode'],
    invoiceNumber: row[5] as string,
    issueDate: timestamp(row[6]),
    dueDate: row[7] === null ? null : timestamp(row[7]),
    subtotal: row[8] as string,
    taxAmount: row[9] as string,
    totalAmount: row[10] as string,
    currency: row[11] as string,
    hasUblXml: boolean(row[12]),
    hasCountryXml: boolean(row[13]),
    pdfUrl: row[14] as string | null,
    submissionId: row[15] as string | null,
    errorMessage: row[16] as string | null,
    retryCount: Number(row[17]),
    createdAt: timestamp(row[18]),
    updatedAt: row[19] === null ? null : timestamp(row[19]),
    submittedAt: row[20] === null ? null : timestamp(row[20]),
    violations: row[21] as string | null,
  };
}

export function readTenant(row: readonly unknown[], { boolean, timestamp }: ExactDialect): ExactTenant {
  return {
    id: Number(row[0]),
    name: row[1] as string,
    apiKeyPrefix: row[2] as string,
    webhookUrl: row[3] as string | null,
    isActive: boolean(row[4]),
    createdAt: timestamp(row[5]),
    updatedAt: row[6] === null ? null : timestamp(row[6]),
  };
}

/** A delivery, from the columns in the order of {@link Delivery}'s members. */
export function readDelivery(row: readonly unknown[], timestamp: ExactDialect['timestamp']): Delivery {
  return {
    tenantId: Number(row[0]),
    eventId: Number(row[1]),
    eventType: row[2] as string,
    payload: row[3] as string,
    createdAt: timestamp(row[4]),
    attempt: Number(row[5]),
    url: row[6] as string,
    secret: row[7] as string | null,
  };
}
