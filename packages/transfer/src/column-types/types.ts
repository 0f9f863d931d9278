import type { CopyWriter } from './encode/copy-writer.ts';

/** A value as SQLite stores it: NULL, INTEGER (exact), REAL, TEXT, BLOB. */
export type SqliteValue = null | bigint | number | string | Uint8Array;

/** Why a value cannot be held by the target column; undefined when it can. */
export type Refusal = string | undefined;

/**
 * Writes one field, or refuses: a refused value leaves nothing that counts in the writer.
 *
 * The rule of every codec: a value is carried only when PostgreSQL holds exactly it. Binary COPY skips
 * the server's input checks, so each codec makes them.
 */
export type Encode = (value: Exclude<SqliteValue, null>, out: CopyWriter) => Refusal;

/** What a column's values are encoded for. */
export interface TargetType {
  /** The base type's name in pg_type, e.g. `int4`, `timestamptz`; `enum` for any enum. */
  readonly name: string;
  /** The declared type as the server prints it, e.g. `numeric(10,2)`: for casts and messages. */
  readonly sql: string;
  /** n of varchar(n) and char(n), in characters. */
  readonly maxLength?: number;
  /** Of numeric(p, s). */
  readonly precision?: number;
  readonly scale?: number;
  /** Digits of a second's fraction that timestamp(p) keeps, 0 to 6. */
  readonly fractionDigits?: number;
  /** An enum's labels. */
  readonly labels?: readonly string[];
}

/** How numbers in a date-time column are to be read. Texts need no policy. */
export type NumericTimes = 'epoch-seconds' | 'epoch-milliseconds' | 'julian-day';

/** What the type alone does not say. */
export interface CodecOptions {
  readonly numericTimes?: NumericTimes;
  /** The zone of date-times that name none: `±HH:MM` or an IANA name; UTC when omitted. */
  readonly zone?: string;
  /** The very values were inspected before: checks that the server makes again, or that cost much, are left out. */
  readonly inspected?: boolean;
}

/** SQLite's name of a value's storage class. */
export function storageClass(value: SqliteValue): 'null' | 'integer' | 'real' | 'text' | 'blob' {
  if (value === null) return 'null';
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'number') return 'real';
  if (typeof value === 'string') return 'text';
  return 'blob';
}

/** The refusal of a storage class that the target's type has no exact form for. */
export function wrongClass(value: SqliteValue, type: TargetType): string {
  return `${storageClass(value)} value in ${/^[aeio]/.test(type.sql) ? 'an' : 'a'} ${type.sql} column`;
}
