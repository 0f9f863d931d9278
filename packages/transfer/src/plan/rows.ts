import type { SqliteValue, StorageClass } from '../column-types/types.ts';

/** Text as the bytes that are stored, for it need not be UTF-8. */
export interface StoredText {
  readonly text: Uint8Array;
}

/** What locates a row within one state of the source: its rowid, or the values of its key. */
export type Locator = readonly (Exclude<SqliteValue, string> | StoredText)[];

/** Why a row cannot go along. */
export interface RowReason {
  readonly column: string;
  readonly reason: string;
  /** As {@link RefusedValue} shows it. */
  readonly value: string;
}

/** A row that cannot go along. */
export interface BadRow {
  readonly locator: Locator;
  readonly key: string;
  readonly reasons: readonly RowReason[];
}

/** A value as it lies in the source. */
export interface StoredValue {
  readonly column: string;
  readonly storageClass: StorageClass;
  /** Integers and reals as eight bytes, the highest first; texts as stored; null for NULL. */
  readonly bytes: Uint8Array | null;
}

export interface StoredRow {
  /** Where it stands in the list of rows excluded, from 1. */
  readonly place: number;
  readonly values: readonly StoredValue[];
}

/** A value that the target cannot hold. */
export interface RefusedValue {
  readonly table: string;
  /** The source's key, e.g. `id=7`. */
  readonly key: string;
  readonly column: string;
  readonly reason: string;
  /** At most 40 characters; `(hidden)` for a secret column. */
  readonly value: string;
}

/** A value that a policy replaced. */
export interface Alteration {
  readonly table: string;
  readonly key: string;
  readonly column: string;
  readonly before: string;
  readonly after: string;
}

/** What changes whenever a SQLite file's content does. */
export interface SourceFingerprint {
  /** Bytes of the main file. */
  readonly size: number;
  /** Of the main file, in nanoseconds since 1970, as decimal text. */
  readonly modified: string;
  /** SHA-256 of the 100-byte header, which holds the change counter and the schema cookie. */
  readonly header: string;
  /** Of the write-ahead log, when there is one with frames in it: size, time, and salts in its header. */
  readonly wal?: { readonly size: number; readonly modified: string; readonly header: string };
}

/** A row in the quarantine. */
export interface QuarantinedRow {
  /** The target table that it would have gone to. */
  readonly target: string;
  readonly place: number;
  /** The source's table. */
  readonly table: string;
  readonly key: string;
  readonly rowid: bigint | undefined;
  readonly reasons: readonly RowReason[];
}

/** The same, with what it holds. */
export interface StoredQuarantine {
  readonly row: QuarantinedRow;
  readonly values: StoredValue[];
}

/** Rows whose key is one whole number, in its order. */
export interface PackedDigests {
  /** 8 bytes each, the first the most significant. */
  readonly keys: Uint8Array;
  /** SHA-256, 32 bytes each. */
  readonly digests: Uint8Array;
}
