import type { CountryCode, InvoiceStatus } from '../generated/postgres/enums.ts';

/** A decimal number as text, scale kept: `"100.00"`. */
export type DecimalText = string;

/** An instant as text: UTC, six digits of a second, `Z`: `"2025-01-15T10:30:00.123456Z"`. */
export type TimestampText = string;

/** Any value that JSON can say. */
export type JsonInput =
  | string
  | number
  | boolean
  | null
  | readonly JsonInput[]
  | { readonly [key: string]: JsonInput | undefined };

/** An invoice with nothing rounded. Its documents and most of its JSON are left out: they can be large. */
export interface ExactInvoice {
  readonly id: number;
  readonly tenantId: number;
  readonly externalId: string;
  readonly status: InvoiceStatus;
  readonly countryCode: CountryCode;
  readonly invoiceNumber: string;
  readonly issueDate: TimestampText;
  readonly dueDate: TimestampText | null;
  readonly subtotal: DecimalText;
  readonly taxAmount: DecimalText;
  readonly totalAmount: DecimalText;
  readonly currency: string;
  /** Whether there is a UBL document; the models have it, as `ublXml`. */
  readonly hasUblXml: boolean;
  readonly hasCountryXml: boolean;
  readonly pdfUrl: string | null;
  readonly submissionId: string | null;
  readonly errorMessage: string | null;
  readonly retryCount: number;
  readonly createdAt: TimestampText;
  readonly updatedAt: TimestampText | null;
  readonly submittedAt: TimestampText | null;
  /** JSON text: which rules the document breaks and where; null when none was ever held to it. */
  readonly violations: string | null;
}

/** A tenant with nothing rounded. Hash and webhook secret are left out: nobody has to see them. */
export interface ExactTenant {
  readonly id: number;
  readonly name: string;
  readonly apiKeyPrefix: string;
  readonly webhookUrl: string | null;
  readonly isActive: boolean;
  readonly createdAt: TimestampText;
  readonly updatedAt: TimestampText | null;
}

/** Which invoices to list, by id ascending. */
export interface InvoiceListQuery {
  readonly status?: InvoiceStatus | undefined;
  /** Only invoices with a greater id: the last id of the page before. Costs the same on every page. */
  readonly after?: number | undefined;
  /** How many rows to pass over. Costs as much as reading them; prefer `after`. */
  readonly skip?: number | undefined;
  readonly limit: number;
}

/** What a new invoice is made of. What is left out gets the column's default, or NULL. */
export interface NewInvoice {
  readonly externalId: string;
  readonly countryCode: CountryCode;
  readonly invoiceNumber: string;
  /** ISO 8601 text, up to six digits of a second; without an offset it is UTC. */
  readonly issueDate: TimestampText | Date;
  readonly dueDate?: TimestampText | Date | null | undefined;
  readonly subtotal: DecimalText;
  readonly taxAmount: DecimalText;
  readonly totalAmount: DecimalText;
  readonly supplierData: JsonInput;
  readonly customerData: JsonInput;
  readonly lineItems: JsonInput;
  readonly documentData?: JsonInput | undefined;
  readonly violations?: JsonInput | undefined;
  readonly status?: InvoiceStatus | undefined;
  readonly currency?: string | undefined;
  readonly ublXml?: string | null | undefined;
  readonly countryXml?: string | null | undefined;
  readonly pdfUrl?: string | null | undefined;
  readonly submissionId?: string | null | undefined;
  readonly errorMessage?: string | null | undefined;
  readonly submittedAt?: TimestampText | Date | null | undefined;
}

/** An event for the tenant's webhook, stored with the invoice that it tells of. */
export interface NewEvent {
  readonly eventType: string;
  /** Stored behind `invoice_id`, which is put in front of it. */
  readonly payload: { readonly [key: string]: JsonInput | undefined };
}
