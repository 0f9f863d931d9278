import type { Delivery, Destination } from '../outbox.ts';
import {
  INVOICE,
  INVOICE_DOCUMENTS,
  INVOICE_JSON,
  type StoredFields,
  TENANT,
  TENANT_FIELDS,
} from './fields.ts';
import { readId } from './ids.ts';
import type { ExactDialect } from './runner.ts';
import type { ExactInvoice, ExactTenant } from './types.ts';

type Decode = (stored: unknown, dialect: ExactDialect, member: string) => unknown;

/** A member of what is read, and what is selected for it. */
interface Selected {
  readonly member: string;
  readonly sql: string;
  readonly decode: Decode;
}

const asIs: Decode = (stored) => stored;
const number: Decode = (stored) => (stored === null ? null : Number(stored));
const wide: Decode = (stored, _, member) => (stored === null ? null : readId(stored, `"${member}"`));
const boolean: Decode = (stored, dialect) => (stored === null ? null : dialect.boolean(stored));
const timestamp: Decode = (stored, dialect) => (stored === null ? null : dialect.timestamp(stored));

/** How a stored value becomes ours, by Prisma's type; all others are text on both databases. */
const DECODERS: Readonly<Record<string, Decode>> = {
  Int: number,
  BigInt: wide,
  Float: number,
  Boolean: boolean,
  DateTime: timestamp,
};

function select(fields: StoredFields, names: readonly string[]): Selected[] {
  return names.flatMap((member) => {
    const field = fields[member];
    return field ? [{ member, sql: field.column, decode: DECODERS[field.type] ?? asIs }] : [];
  });
}

const invoiceFields: StoredFields = INVOICE;
const documents: readonly string[] = INVOICE_DOCUMENTS;
const json: readonly string[] = INVOICE_JSON;

const isRead = (name: string) =>
  !documents.includes(name) && (invoiceFields[name]?.type !== 'Json' || json.includes(name));

const OF_INVOICE: readonly Selected[] = [
  ...select(invoiceFields, Object.keys(INVOICE).filter(isRead)),
  ...select(invoiceFields, documents).map(({ member, sql }) => ({
    member: `has${member.charAt(0).toUpperCase()}${member.slice(1)}`,
    sql: `${sql} IS NOT NULL`,
    decode: boolean,
  })),
];

const OF_TENANT: readonly Selected[] = select(TENANT, TENANT_FIELDS);

/** What is selected of an invoice, in the order in which {@link readInvoice} reads it. */
export const INVOICE_COLUMNS = OF_INVOICE.map(({ sql }) => sql).join(', ');

/** What is selected of a tenant, in the order in which {@link readTenant} reads it. */
export const TENANT_COLUMNS = OF_TENANT.map(({ sql }) => sql).join(', ');

const isText = ({ member }: Selected) => ['String', 'Json'].includes(invoiceFields[member]?.type ?? '');

/** How many bytes of an invoice are texts of no fixed length. */
export const INVOICE_SIZE = OF_INVOICE.filter(isText)
  .map(({ sql }) => `coalesce(octet_length(CAST(${sql} AS text)), 0)`)
  .join(' + ');

const TEXTS = OF_INVOICE.flatMap((selected, index) => (isText(selected) ? [index] : []));

/** The same of one that was read. */
export function invoiceSize(row: readonly unknown[]): number {
  let bytes = 0;
  for (const index of TEXTS) {
    const text = row[index];
    if (text !== null) bytes += Buffer.byteLength(text as string);
  }
  return bytes;
}

export function readInvoice(row: readonly unknown[], dialect: ExactDialect): ExactInvoice {
  return read(OF_INVOICE, row, dialect) as ExactInvoice;
}

export function readTenant(row: readonly unknown[], dialect: ExactDialect): ExactTenant {
  return read(OF_TENANT, row, dialect) as ExactTenant;
}

function read(selected: readonly Selected[], row: readonly unknown[], dialect: ExactDialect): unknown {
  const result: Record<string, unknown> = {};
  for (let index = 0; index < selected.length; index++) {
    const { member, decode } = selected[index] as Selected;
    result[member] = decode(row[index], dialect, member);
  }
  return result;
}

/** A delivery, from the columns in the order of {@link Delivery}'s members. */
export function readDelivery(row: readonly unknown[], timestamp: ExactDialect['timestamp']): Delivery {
  return {
    tenantId: Number(row[0]),
    eventId: readId(row[1], 'The id of a webhook event'),
    eventType: row[2] as string,
    payload: row[3] as string,
    createdAt: timestamp(row[4]),
    attempt: Number(row[5]),
    url: row[6] as string,
    secret: row[7] as string | null,
  };
}

/** Where a delivery goes, from its number among those that were asked for, and the members of {@link Destination}. */
export function readDestination([, url, secret]: readonly unknown[]): Destination {
  return { url: url as string, secret: secret as string | null };
}
