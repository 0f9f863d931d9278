import { type ColumnPlan, quoteName, TransferError } from '@vatevo/transfer/engine';

/** What SQLite is given for a value. */
export type StoredValue = null | bigint | number | string | Buffer;

interface Form {
  /** The value as the server prints it, always with the same settings. */
  readonly print: (column: string) => string;
  /** Undefined for a value that our SQLite format cannot hold. */
  readonly store: (printed: string) => StoredValue | undefined;
}

const text: Form = { print: (column) => `${column}::text`, store: (printed) => printed };
const integer: Form = { ...text, store: BigInt };
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/**
 * How values of PostgreSQL are written in our SQLite format: instants as ISO 8601 in UTC with six digits,
 * amounts and JSON as texts, booleans as 0 and 1.
 */
const FORMS: Readonly<Record<string, Form>> = {
  int2: integer,
  int4: integer,
  int8: integer,
  text,
  varchar: text,
  enum: text,
  uuid: text,
  jsonb: text,
  json: text,
  date: { ...text, store: (printed) => (/^\d{4}-\d\d-\d\d$/.test(printed) ? printed : undefined) },
  bool: { print: (column) => `${column}::int::text`, store: BigInt },
  // NaN and the infinities are no amounts in SQLite.
  numeric: { ...text, store: (printed) => (/^-?\d+(\.\d+)?$/.test(printed) ? printed : undefined) },
  timestamptz: {
    // to_char would print a year before Christ like one after; ::text tells them apart, and is then refused.
    print: (column) =>
      `CASE WHEN ${column} BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'
            THEN to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ELSE ${column}::text END`,
    store: (printed) => (INSTANT.test(printed) ? printed : undefined),
  },
  bytea: { print: (column) => `encode(${column}, 'hex')`, store: (printed) => Buffer.from(printed, 'hex') },
  float8: {
    ...text,
    store: (printed) => (Number.isFinite(Number(printed)) ? Number(printed) : undefined),
  },
};

/** Whether values of a type can be taken back. */
export function canReturn(type: string): boolean {
  return FORMS[type] !== undefined;
}

/** Reads a column's values for SQLite. */
export class ValueReader {
  readonly expression: string;
  readonly #store: Form['store'];

  /** @throws TransferError `target-unfit` for a type that does not go back */
  constructor(column: ColumnPlan) {
    const form = FORMS[column.type.name];
    if (form === undefined) {
      throw new TransferError(
        'target-unfit',
        `Column ${column.target} has the type ${column.type.sql}, which cannot be taken back to SQLite.`,
      );
    }
    this.expression = form.print(`r.${quoteName(column.target)}`);
    this.#store = form.store;
  }

  /** Undefined for a value that SQLite cannot hold. */
  read(printed: string | null): StoredValue | undefined {
    return printed === null ? null : this.#store(printed);
  }
}
