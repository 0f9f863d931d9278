import type { InvoiceStatus } from '../generated/postgres/enums.ts';
import type { InvoiceModel } from '../generated/postgres/models/Invoice.ts';
import type { TenantModel } from '../generated/postgres/models/Tenant.ts';
import type {
  GIVEN_LATER,
  InvoiceDocument,
  InvoiceFields,
  InvoiceJson,
  StoredFields,
  TENANT_FIELDS,
  TenantFields,
} from './fields.ts';

/** A decimal number as text, scale kept: `"100.00"`. */
export type DecimalText = string;

/** An instant as text: UTC, six digits of a second, `Z`: `"2025-01-15T10:30:00.123456Z"`. */
export type TimestampText = string;

/** JSON as text, as it is stored. */
type JsonText = string;

/** Any value that JSON can say. */
export type JsonInput =
  | string
  | number
  | boolean
  | null
  | readonly JsonInput[]
  | { readonly [key: string]: JsonInput | undefined };

/** A value with nothing rounded: where Prisma's type would round it, as text. A BigInt is a number, or refused. */
type ExactValue<Type, Prismas> = Type extends 'Decimal'
  ? DecimalText | Extract<Prismas, null>
  : Type extends 'DateTime'
    ? TimestampText | Extract<Prismas, null>
    : Type extends 'Json'
      ? JsonText | Extract<Prismas, null>
      : Type extends 'BigInt'
        ? number | Extract<Prismas, null>
        : Prismas;

type Exact<Fields extends StoredFields, Model, Names extends keyof Fields & keyof Model> = {
  readonly [F in Names]: ExactValue<Fields[F]['type'], Model[F]>;
};

type ExactInvoiceField = {
  [F in keyof InvoiceFields]: InvoiceFields[F]['type'] extends 'Json' ? F & InvoiceJson : F;
}[Exclude<keyof InvoiceFields, InvoiceDocument>];

/**
 * An invoice with nothing rounded, made of the model's fields, so that one which the schema ignores is not among them.
 * Its documents and most of its JSON are left out: they can be large. `hasUblXml` and `hasCountryXml` say whether there is one; the
 * models have it.
 */
export type ExactInvoice = Exact<InvoiceFields, InvoiceModel, ExactInvoiceField> & {
  readonly [F in keyof InvoiceFields & InvoiceDocument as `has${Capitalize<F>}`]: boolean;
};

/** A tenant with nothing rounded. Hash and webhook secret are left out: nobody has to see them. */
export type ExactTenant = Exact<
  TenantFields,
  TenantModel,
  keyof TenantFields & (typeof TENANT_FIELDS)[number]
>;

/** Which invoices to list, by id ascending. */
export interface InvoiceListQuery {
  readonly status?: InvoiceStatus | undefined;
  /** Only invoices with a greater id: the last id of the page before. Costs the same on every page. */
  readonly after?: number | undefined;
  /** How many rows to pass over. Costs as much as reading them; prefer `after`. */
  readonly skip?: number | undefined;
  readonly limit: number;
}

/** Which invoices to list, and how much of them at the most. */
export interface InvoicePageQuery extends InvoiceListQuery {
  /** Bytes of text after which the page ends; one invoice is always on it. */
  readonly maxBytes: number;
}

/** A page of invoices: fewer than `limit` when they are large. */
export interface InvoicePage {
  readonly invoices: readonly ExactInvoice[];
  /** Whether there are invoices behind the last one of this page. */
  readonly more: boolean;
}

type NewInvoiceField = Exclude<keyof InvoiceFields, (typeof GIVEN_LATER)[number]>;

type HasDefault<F extends NewInvoiceField> = InvoiceFields[F]['hasDefault'];

type NewInvoiceValue<F extends NewInvoiceField> = InvoiceFields[F]['type'] extends 'Json'
  ? JsonInput
  : InvoiceFields[F]['type'] extends 'DateTime'
    ? TimestampText | Date | Extract<InvoiceModel[F], null>
    : ExactValue<InvoiceFields[F]['type'], InvoiceModel[F]>;

/**
 * What a new invoice is made of. What is left out gets the column's default, or NULL. Date-times are ISO 8601 text, up to
 * six digits of a second, and UTC without an offset.
 */
export type NewInvoice = {
  readonly [F in NewInvoiceField as HasDefault<F> extends true ? never : F]: NewInvoiceValue<F>;
} & {
  readonly [F in NewInvoiceField as HasDefault<F> extends true ? F : never]?: NewInvoiceValue<F> | undefined;
};

/** An event for the tenant's webhook, stored with the invoice that it tells of. */
export interface NewEvent {
  readonly eventType: string;
  /** Stored behind `invoice_id`, which is put in front of it. */
  readonly payload: { readonly [key: string]: JsonInput | undefined };
}
