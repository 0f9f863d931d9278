import { COLUMNS } from '../generated/columns.ts';

/*
 * Which fields the exact statements read and write, by the columns that the schema has: an ignored field leaves the
 * statements and their types with the build that ignores it, so its column can be dropped by the next release.
 */

export const INVOICE = COLUMNS.Invoice;
export type InvoiceFields = typeof INVOICE;

/** Whole documents, of which only is told whether they are there. */
export const INVOICE_DOCUMENTS = ['ublXml', 'countryXml'] as const;
export type InvoiceDocument = (typeof INVOICE_DOCUMENTS)[number];

/** JSON that is read with an invoice, as text. The rest of it can be large. */
export const INVOICE_JSON = ['violations'] as const;
export type InvoiceJson = (typeof INVOICE_JSON)[number];

/** Fields of an invoice that it is not made with: they are given by the database, or come later. */
export const GIVEN_LATER = [
  'id',
  'tenantId',
  'gatewayResponse',
  'retryCount',
  'createdAt',
  'updatedAt',
] as const;

export const TENANT = COLUMNS.Tenant;
export type TenantFields = typeof TENANT;

/** What may be told of a tenant: what the functions of the database return, too. */
export const TENANT_FIELDS = [
  'id',
  'name',
  'apiKeyPrefix',
  'webhookUrl',
  'isActive',
  'createdAt',
  'updatedAt',
] as const;

interface StoredField {
  readonly column: string;
  /** Prisma's name of the type; `Enum` for those of ours. */
  readonly type: string;
}

/** The fields of a model by name. */
export type StoredFields = Readonly<Record<string, StoredField>>;
