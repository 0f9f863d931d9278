/** A value as SQLite stores it: NULL, INTEGER (exact), REAL, TEXT, BLOB. */
export type SqliteValue = null | bigint | number | string | Uint8Array;

/** SQLite's name of a value's storage class. */
export type StorageClass = 'null' | 'integer' | 'real' | 'text' | 'blob';

/** Values of one column by storage class. */
export type StorageCensus = Record<StorageClass, number>;

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
  /** Of an interval: its smallest field, where that is not the second. */
  readonly finest?: 'year' | 'month' | 'day' | 'hour' | 'minute';
  /** An enum's labels. */
  readonly labels?: readonly string[];
  /** Of an array: what its elements are. */
  readonly element?: TargetType;
  /** Of a domain: the type that it is made of, as the server prints it. */
  readonly base?: string;
  /** Of an element: its type's number in the server. */
  readonly oid?: number;
}

/** What a type modifier (`atttypmod`) says of a type. */
export type Modifier = Omit<TargetType, 'name' | 'sql' | 'labels' | 'element' | 'oid' | 'base'>;

/** What a number in a column of times may count. */
export const INSTANT_UNITS = [
  'epoch-seconds',
  'epoch-milliseconds',
  'epoch-microseconds',
  'epoch-nanoseconds',
  'seconds-since-2001',
  'julian-day',
] as const;
const DURATION_UNITS = ['seconds', 'milliseconds', 'microseconds'] as const;

/** How numbers in a column of times or intervals may be read. Texts need no policy. */
export const NUMERIC_TIMES = [...INSTANT_UNITS, ...DURATION_UNITS] as const;
export type NumericTimes = (typeof NUMERIC_TIMES)[number];

/**
 * What somebody decided on the values of a column that its type does not take as they are stored.
 *
 * - `numbers`: what they count; `text`: they are written out.
 * - `reals`: `integers`, where they are whole; `nearest`, to the nearest single.
 * - `fraction`: what becomes of digits of a second that the type does not keep.
 * - `empty`: empty texts, and dates of zeros, are NULL.
 * - `blobs`: they are UTF-8 text, uuids (in .NET's order of bytes), or SQLite's binary JSON.
 * - `texts`: `bytes`, their UTF-8; `since-1970`, a time for how long after 1970 it is; `commas`, lists with commas between.
 * - `nul`: NUL characters are left out of texts.
 */
export interface ColumnDecision extends FailbackDecision {
  readonly numbers?: NumericTimes | 'text';
  readonly reals?: 'integers' | 'nearest';
  readonly fraction?: 'truncate' | 'round';
  readonly empty?: 'null';
  readonly blobs?: 'text' | 'uuid' | 'dotnet-uuid' | 'binary-json';
  readonly texts?: 'bytes' | 'since-1970' | 'commas';
  readonly nul?: 'strip';
}

/** How a live move goes back. */
export interface FailbackDecision {
  /** The form that values written meanwhile are given, where the file holds several: by the name that the refusal says. */
  readonly back?: string;
  /** What a NULL goes back as where the file holds both NULLs and empty texts that became NULL. */
  readonly nulls?: 'null' | 'empty';
}

/** One of them, as `fraction=round`. */
export type Choice = {
  [Name in Exclude<
    keyof ColumnDecision,
    keyof FailbackDecision
  >]-?: `${Name}=${NonNullable<ColumnDecision[Name]>}`;
}[Exclude<keyof ColumnDecision, keyof FailbackDecision>];

/** Values that SQLite and PostgreSQL compute with alike in expressions; of `other` only whether they are NULL is known. */
export type Family = 'boolean' | 'integer' | 'decimal' | 'double' | 'text' | 'json' | 'other';

/** What SQLite's clock, which is in UTC, says in a column of a type: in the SQL of PostgreSQL. */
export type Clock = Readonly<Partial<Record<'CURRENT_TIMESTAMP' | 'CURRENT_DATE' | 'CURRENT_TIME', string>>>;

export const UTC_NOW = "CURRENT_TIMESTAMP AT TIME ZONE 'UTC'";

/** Numbers that are instants. */
export const INSTANTS: readonly Choice[] = INSTANT_UNITS.map((unit) => `numbers=${unit}` as const);

/** Numbers that are how long something takes. */
export const DURATIONS: readonly Choice[] = DURATION_UNITS.map((unit) => `numbers=${unit}` as const);
