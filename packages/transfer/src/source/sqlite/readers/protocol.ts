import type { StorageClass } from '../../../column-types/types.ts';
import type { TransferErrorKind } from '../../../errors.ts';
import type { Alteration, BadRow, Locator, RefusedValue, StoredRow } from '../../../plan/rows.ts';
import type { TablePlan } from '../../../plan/types.ts';
import type { LogPlace } from '../change-log.ts';

/** Rows of one table: all of them, or those that every condition is true of. */
export interface RowRange {
  readonly table: TablePlan;
  /** The rowid lies in [lowest, highest]. */
  readonly bounds?: { readonly lowest: bigint; readonly highest: bigint };
  /** The change log names the key behind `after` and not behind `upTo`. */
  readonly changes?: { readonly after: bigint; readonly upTo: bigint };
}

/**
 * A piece of work on a file that others write to. Its rows are read in one short read transaction, because in
 * a rollback journal's mode nobody can commit meanwhile; it stops when `budget` is used up.
 */
export interface LiveTask {
  readonly kind: 'live';
  /** Read one after the other from one state of the file. */
  readonly ranges: readonly RowRange[];
  /** A place that the change log must hold, or nothing is read. */
  readonly since?: LogPlace | undefined;
  /**
   * - `check`: runs every value through its codec.
   * - `encode`: the same, and gives the rows in binary COPY format.
   * - `digest`: gives each row's key and digest, computed as the verification does.
   * - `checksum`: gives each row's rowid and the CRC-32 of its record, read from the file's pages.
   * - `keys`: gives the keys that the change log names.
   * - `changes`: the same, and the rows of these keys that are there, in binary COPY format. Where the budget did not
   *   suffice, what came out is worth nothing: fewer lines of the log have to be asked for.
   */
  readonly want: 'check' | 'encode' | 'digest' | 'checksum' | 'keys' | 'changes';
  /** Milliseconds and bytes of COPY data behind which no further row is read. */
  readonly budget: { readonly ms: number; readonly bytes: number };
}

export interface LiveRows {
  readonly rows: number;
  /** The last rowid that was read, where the range was not read to its end; undefined when it was. */
  readonly stoppedAt?: bigint;
  /** Rows of binary COPY, without header and trailer. */
  readonly data: readonly Uint8Array[];
  /** The printed values of each row's identity. */
  readonly keys: readonly (readonly (string | null)[])[];
  /** SHA-256 of each row, in hex. */
  readonly digests: readonly string[];
  readonly refusals: readonly RefusedValue[];
  readonly alterations: readonly Alteration[];
  readonly checksums?: RowChecksums;
}

/** Of rows in the order of their rowids. */
export interface RowChecksums {
  readonly rowids: Float64Array;
  readonly sums: Uint32Array;
}

export interface LiveResult {
  /** Of the ranges that the budget sufficed for, in their order. */
  readonly ranges: readonly LiveRows[];
  /** The change log's last place in the state that was read. */
  readonly logEnd: LogPlace;
  /** Milliseconds for which nobody else could commit. */
  readonly heldMs: number;
}

/** Rows of one table that are passed over. */
export interface LeftOutRows {
  readonly table: TablePlan;
  readonly locators: readonly Locator[];
}

/** Which rows drag which others along. */
export interface DependentsTask {
  readonly kind: 'dependents';
  /** Every table of the plan, with the rows that are bad by their own values. */
  readonly tables: readonly LeftOutRows[];
  readonly rules: readonly RelationRule[];
  readonly dependencies: readonly Dependency[];
}

/** Rows that a rule of the server rejects, to be told as people know them. */
export interface DescribeTask extends LeftOutRows {
  readonly kind: 'describe';
  readonly column: string;
  /** The offending values as SQL expressions over the row `t`. */
  readonly values: readonly string[];
  readonly reason: string;
  readonly secret: boolean;
}

export interface ProbeResult {
  /** Rows of binary COPY, without header and trailer. */
  readonly data: Uint8Array;
  /** One for each of the rows. */
  readonly locators: readonly Locator[];
}

/** Rows `t` of a child that point to rows `q` of a parent. */
export interface Dependency {
  readonly child: TablePlan;
  readonly parent: TablePlan;
  readonly column: string;
  /** The pointing values as SQL expressions over `t`. */
  readonly values: readonly string[];
  /** That `t` points to `q`, as SQL. */
  readonly condition: string;
  readonly secret: boolean;
}

/**
 * - `integrity`: SQLite's own check of the whole file.
 * - `extent`: how many rows a table has and between which rowids they lie; `roughly`, without counting them.
 * - `relation`: rows that break a rule which only the target enforces.
 * - `check`: runs every value through its codec; `keep`, and writes the rows where it says in binary COPY format.
 * - `encode`: the same for rows that have passed it, and hands over the rows in binary COPY format.
 * - `digest`: reads raw storage and digests what the target must hold, without the codecs.
 * - `row-digests`, `row-values`: the same row by row, to find the rows and the values that differ.
 * - `bad-rows`: the rows of a range that hold a value which is refused.
 * - `dependents`: the rows that cannot go along because others cannot, or because they break a rule.
 * - `live`: a short piece of work on a file that others write to.
 * - `leave-out`: from now on these rows are passed over by ranges whose plan says so.
 * - `probe`: the rows of a range that can be encoded, at once.
 * - `describe`: keys and values of rows that are known by their locators.
 * - `stored-rows`: rows that are left out, as they are stored.
 */
export type ReadTask =
  | { readonly kind: 'integrity' }
  | { readonly kind: 'extent'; readonly table: TablePlan; readonly roughly?: boolean }
  | { readonly kind: 'relation'; readonly rule: RelationRule }
  | { readonly kind: 'check'; readonly range: RowRange; readonly keep?: SpoolPlace }
  | { readonly kind: 'encode'; readonly range: RowRange }
  | { readonly kind: 'digest'; readonly range: RowRange }
  | { readonly kind: 'row-digests'; readonly range: RowRange }
  | { readonly kind: 'row-values'; readonly range: RowRange; readonly identities: ReadonlySet<string> }
  | { readonly kind: 'bad-rows'; readonly range: RowRange }
  | DependentsTask
  | DescribeTask
  | { readonly kind: 'probe'; readonly range: RowRange }
  | LiveTask
  | { readonly kind: 'leave-out'; readonly tables: readonly LeftOutRows[] }
  | { readonly kind: 'stored-rows'; readonly table: TablePlan; readonly from: number };

/** Where encoded rows are written to. */
export interface SpoolPlace {
  /** A descriptor, which all threads share. */
  readonly file: number;
  readonly at: number;
  /** Bytes that there is room for. */
  readonly room: number;
}

/** A rule over more than one row, as the query that finds the rows which break it. */
export interface RelationRule {
  readonly table: TablePlan;
  /** For the refusal: what the offending values stand in, e.g. `tenant_id`. */
  readonly column: string;
  readonly reason: string;
  /** The offending values as SQL expressions over the row `t`. */
  readonly values: readonly string[];
  /** What is true of a row `t` that breaks the rule, as SQL. */
  readonly condition: string;
  readonly secret: boolean;
}

export interface TableExtent {
  readonly rows: number;
  /** Bytes of a row, the mean of some that lie evenly in the table; undefined where ranges are not cut. */
  readonly rowBytes?: number;
  /** Undefined for an empty table, or one that is read in one piece. */
  readonly bounds?: { readonly lowest: bigint; readonly highest: bigint };
}

/** Values of one column by storage class. */
export type StorageCensus = Record<StorageClass, number>;

export interface CheckResult {
  readonly rows: number;
  readonly refusedValues: number;
  /** The first ones, up to {@link MOST_REFUSALS_A_RANGE}. */
  readonly refusals: readonly RefusedValue[];
  readonly alterations: number;
  readonly census: Readonly<Record<string, StorageCensus>>;
  /** What lies at the place that was to be kept; undefined when a row was refused or there was no room. */
  readonly kept?: EncodeResult;
  /** Whether there was no room for it. */
  readonly spoolIsFull?: boolean;
}

export interface EncodeResult {
  readonly rows: number;
  readonly bytes: number;
  readonly alterations: readonly Alteration[];
}

export interface DigestResult {
  readonly rows: number;
  /** Of the rows' texts. */
  readonly bytes: number;
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
  'bad-rows': readonly BadRow[];
  /** By target table: rows that the task did not name, and further reasons for those that it did. */
  dependents: ReadonlyMap<string, readonly BadRow[]>;
  describe: readonly BadRow[];
  probe: ProbeResult;
  live: LiveResult;
  'leave-out': number;
  /** As many from a place on as memory likes to hold at once; none at the end. */
  'stored-rows': readonly StoredRow[];
}

export const MOST_REFUSALS_A_RANGE = 10_000;

/** What a reader thread is started with. */
export interface ReaderStart {
  readonly file: string;
  /** One int32: bytes handed over and not yet taken off. The reader waits while they are too many. */
  readonly inFlight: SharedArrayBuffer;
  /** One int32 that all readers share: whoever works on a large value holds it. */
  readonly turn: SharedArrayBuffer;
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
