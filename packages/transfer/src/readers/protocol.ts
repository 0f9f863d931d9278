import type { TransferErrorKind } from '../errors.ts';
import type { TablePlan } from '../plan/types.ts';

/** Rows of one table: those whose rowid lies in [lowest, highest], or all of them. */
export interface RowRange {
  readonly table: TablePlan;
  readonly bounds?: { readonly lowest: bigint; readonly highest: bigint };
}

/**
 * - `integrity`: SQLite's own check of the whole file.
 * - `extent`: how many rows a table has and between which rowids they lie.
 * - `relation`: rows that break a rule which only the target enforces.
 * - `check`: runs every value through its codec and keeps nothing.
 * - `encode`: the same, and hands over the rows in binary COPY format.
 * - `digest`: reads raw storage and digests what the target must hold, without the codecs.
 * - `row-digests`, `row-values`: the same row by row, to find the rows and the values that differ.
 */
export type ReadTask =
  | { readonly kind: 'integrity' }
  | { readonly kind: 'extent'; readonly table: TablePlan }
  | { readonly kind: 'relation'; readonly rule: RelationRule }
  | { readonly kind: 'check'; readonly range: RowRange }
  | { readonly kind: 'encode'; readonly range: RowRange }
  | { readonly kind: 'digest'; readonly range: RowRange }
  | { readonly kind: 'row-digests'; readonly range: RowRange }
  | { readonly kind: 'row-values'; readonly range: RowRange; readonly identities: ReadonlySet<string> };

/** A rule over more than one row, as the query that finds the rows which break it. */
export interface RelationRule {
  readonly table: TablePlan;
  /** For the refusal: what the offending values stand in, e.g. `tenant_id`. */
  readonly column: string;
  readonly reason: string;
  /** Selects the key's columns, then the offending values. */
  readonly sql: string;
  readonly secret: boolean;
}

export interface TableExtent {
  readonly rows: number;
  /** Undefined for an empty table, or one that is read in one piece. */
  readonly bounds?: { readonly lowest: bigint; readonly highest: bigint };
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

/** Values of one column by storage class. */
export interface StorageCensus {
  null: number;
  integer: number;
  real: number;
  text: number;
  blob: number;
}

export interface CheckResult {
  readonly rows: number;
  readonly refusedValues: number;
  /** The first ones, up to {@link MOST_REFUSALS_A_RANGE}. */
  readonly refusals: readonly RefusedValue[];
  readonly alterations: number;
  readonly census: Readonly<Record<string, StorageCensus>>;
}

export interface EncodeResult {
  readonly rows: number;
  readonly bytes: number;
  readonly alterations: readonly Alteration[];
}

export interface DigestResult {
  readonly rows: number;
  /** Sums of the row digests' two leading 64-bit halves, modulo 2^64: they do not depend on the order of rows. */
  readonly sums: readonly [bigint, bigint];
}

export interface RelationResult {
  readonly refusedValues: number;
  readonly refusals: readonly RefusedValue[];
}

export interface ReadResults {
  /** What is wrong with the file; empty when it is sound. */
  integrity: readonly string[];
  extent: TableExtent;
  relation: RelationResult;
  check: CheckResult;
  encode: EncodeResult;
  digest: DigestResult;
  /** Pairs of identity and digest. */
  'row-digests': readonly (readonly [string, string])[];
  /** Printed values by identity. */
  'row-values': ReadonlyMap<string, readonly (string | null)[]>;
}

export const MOST_REFUSALS_A_RANGE = 10_000;

/** What a reader thread is started with. */
export interface ReaderStart {
  readonly file: string;
  /** One int32: bytes handed over and not yet taken off. The reader waits while they are too many. */
  readonly inFlight: SharedArrayBuffer;
}

/** A chunk that is larger goes alone, so that memory follows the largest value and not a multiple of it. */
export const MOST_BYTES_IN_FLIGHT: number = 3 * 1024 * 1024;

export type FromReader =
  | { readonly type: 'open' }
  | { readonly type: 'progress'; readonly rows: number; readonly bytes: number; readonly chunk?: Uint8Array }
  | { readonly type: 'done'; readonly result: ReadResults[keyof ReadResults] }
  | { readonly type: 'failed'; readonly error: ReaderFailure };

/** An error's parts that survive the way between threads. */
export interface ReaderFailure {
  readonly message: string;
  readonly kind?: TransferErrorKind;
  /** SQLite's, e.g. `SQLITE_CORRUPT`. */
  readonly code?: string;
}
