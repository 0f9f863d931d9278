/** A value as SQLite stores it: NULL, INTEGER (exact), REAL, TEXT, BLOB. */
export type SqliteValue = null | bigint | number | string | Uint8Array;

/** SQLite's name of a value's storage class. */
export type StorageClass = 'null' | 'integer' | 'real' | 'text' | 'blob';

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

/** What a type modifier (`atttypmod`) says of a type. */
export type Modifier = Omit<TargetType, 'name' | 'sql' | 'labels'>;

/** How numbers in a date-time column are to be read. Texts need no policy. */
export type NumericTimes = 'epoch-seconds' | 'epoch-milliseconds' | 'julian-day';
