import { canonicalDecimal } from './decimal.ts';
import { GIVEN_LATER, INVOICE, type StoredFields } from './fields.ts';
import { canonicalTimestamp } from './timestamp.ts';
import type { JsonInput, NewInvoice } from './types.ts';

type Encode = (value: never) => unknown;

const asIs: Encode = (value) => value;
const json: Encode = (value: JsonInput) => JSON.stringify(value);

/** How a value is written, by Prisma's type of its field. */
const ENCODERS: Readonly<Record<string, Encode>> = {
  Json: json,
  Decimal: canonicalDecimal as Encode,
  DateTime: canonicalTimestamp as Encode,
};

const later: readonly string[] = GIVEN_LATER;

/** Every column an invoice can be made with, and how its value is written. */
const WRITTEN = Object.entries(INVOICE as StoredFields)
  .filter(([field]) => !later.includes(field))
  .map(([field, { column, type }]) => ({
    field: field as keyof NewInvoice,
    column,
    encode: ENCODERS[type] ?? asIs,
  }));

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
  for (const { field, column, encode } of WRITTEN) {
    const value = invoice[field];
    if (value === undefined) continue;
    columns.push(column);
    // A JSON null is a value of its own; in every other column null is SQL's.
    values.push(value === null && encode !== json ? null : encode(value as never));
  }
  return { columns, values };
}
