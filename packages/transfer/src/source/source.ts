import type { StorageCensus } from '../column-types/types.ts';
import type { SourceTable, TargetTable } from '../plan/catalog.ts';
import type {
  Alteration,
  BadRow,
  Locator,
  PackedDigests,
  RefusedValue,
  SourceFingerprint,
  StoredRow,
} from '../plan/rows.ts';
import type { ColumnPlan, TablePlan, TransferPlan } from '../plan/types.ts';
import type { ColumnEvidence, Reading } from './evidence.ts';

/** Rows of one table: all of them, or those that every condition is true of. */
export interface RowRange {
  readonly table: TablePlan;
  /** The rowid lies in [lowest, highest]. */
  readonly bounds?: { readonly lowest: bigint; readonly highest: bigint };
  /** In a table without rowids: the key comes behind this one, in the order of the keys. */
  readonly behind?: Locator;
  /** The change log names the key behind `after` and not behind `upTo`. */
  readonly changes?: { readonly after: bigint; readonly upTo: bigint };
  /** What is true of a row `t`, as SQL. It may look into other tables, which a copy of this one's pages lacks. */
  readonly where?: string;
}

export interface TableExtent {
  readonly rows: number;
  /** Bytes of a row, the mean of some that lie evenly in the table; undefined where ranges are not cut. */
  readonly rowBytes?: number;
  /** Undefined for an empty table, or one that is read in one piece. */
  readonly bounds?: { readonly lowest: bigint; readonly highest: bigint };
  /** Where pieces of the table begin that are worth a read, in order; undefined where it was counted. */
  readonly cuts?: readonly bigint[];
}

/** Rows of one table that are passed over. */
export interface ExcludedRows {
  readonly table: TablePlan;
  readonly locators: readonly Locator[];
}

/** Which rows drag which others along. */
export interface DependentsTask {
  readonly kind: 'dependents';
  /** Every table of the plan, with the rows that are bad by their own values. */
  readonly tables: readonly ExcludedRows[];
  readonly rules: readonly RelationRule[];
  readonly dependencies: readonly Dependency[];
}

/** Rows that a rule of the server rejects, to be told as people know them. */
export interface DescribeTask extends ExcludedRows {
  readonly kind: 'describe';
  readonly column: string;
  /** The columns that hold the offending values. */
  readonly columns: readonly ColumnPlan[];
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

/** Rows that stay in the source while others come which point to them. */
export interface PointedRows {
  /** What is compared of them, told apart by what is pointed with. */
  readonly table: TablePlan;
  /** What points to them: `table.column`. */
  readonly by: readonly string[];
  /** What is true of such a row `t`, as SQL. */
  readonly condition: string;
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

/** A table of the plan with what is known of its rows. */
export interface PlannedTable {
  readonly table: TablePlan;
  readonly extent: TableExtent;
}

/** Rows that need not be read again. */
export interface DoneRange {
  /** The target's table. */
  readonly table: string;
  readonly lowest: bigint;
  readonly highest: bigint;
}

/**
 * What a reader can be asked of one state of the source.
 *
 * - `integrity`: the source's own check of all that it holds.
 * - `extent`: how many rows a table has and between which rowids they lie; `roughly`, by an estimate.
 * - `relation`: rows that break a rule which only the target enforces.
 * - `digest`: reads raw storage and digests what the target must hold, without the codecs.
 * - `row-digests`, `row-values`: the same row by row, to find the rows and the values that differ.
 * - `bad-rows`: the rows of a range that hold a value which is refused.
 * - `dependents`: the rows that cannot go along because others cannot, or because they break a rule.
 * - `exclude`: from now on these rows are passed over by ranges whose plan says so.
 * - `probe`: the rows of a range that can be encoded, at once.
 * - `describe`: keys and values of rows that are known by their locators.
 * - `stored-rows`: rows that are excluded, as they are stored.
 */
export type ReadTask =
  | { readonly kind: 'integrity' }
  | { readonly kind: 'extent'; readonly table: TablePlan; readonly roughly?: boolean }
  | { readonly kind: 'relation'; readonly rule: RelationRule }
  | { readonly kind: 'digest'; readonly range: RowRange }
  | { readonly kind: 'row-digests'; readonly range: RowRange }
  | { readonly kind: 'row-values'; readonly range: RowRange; readonly identities: ReadonlySet<string> }
  | { readonly kind: 'bad-rows'; readonly range: RowRange }
  | DependentsTask
  | DescribeTask
  | { readonly kind: 'probe'; readonly range: RowRange }
  | { readonly kind: 'exclude'; readonly tables: readonly ExcludedRows[] }
  | { readonly kind: 'stored-rows'; readonly table: TablePlan; readonly from: number };

export interface ReadResults {
  /** What is wrong with the file; empty when it is sound. */
  integrity: readonly string[];
  extent: TableExtent;
  relation: RelationResult;
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
  exclude: number;
  /** As many from a place on as memory likes to hold at once; none at the end. */
  'stored-rows': readonly StoredRow[];
}

/** What the codecs say of the rows of a range. */
export interface CheckResult {
  readonly rows: number;
  readonly refusedValues: number;
  /** The first ones. */
  readonly refusals: readonly RefusedValue[];
  readonly alterations: number;
  /** By target column; empty where nobody counts them. */
  readonly census: Readonly<Record<string, StorageCensus>>;
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

export interface RowsRead {
  readonly rows: number;
  /** The last row that was read, by its rowid or else its key, where the range was not read to its end; undefined when it was. */
  readonly stoppedAt?: bigint | Locator;
  /** Rows of binary COPY, without header and trailer. */
  readonly data: readonly Uint8Array[];
  /** The printed values of each row's identity. */
  readonly keys: readonly (readonly (string | null)[])[];
  /** SHA-256 of each row, in hex. */
  readonly digests: readonly string[];
  readonly refusals: readonly RefusedValue[];
  readonly alterations: readonly Alteration[];
  readonly checksums?: RowChecksums;
  readonly packed?: PackedDigests;
}

/** Of rows in the order of their rowids. */
export interface RowChecksums {
  /** Integers of 64 bits where one is beyond what numbers hold. */
  readonly rowids: Float64Array | BigInt64Array;
  readonly sums: Uint32Array;
}

export interface ReadResult {
  /** Of the ranges that the budget sufficed for, in their order. */
  readonly ranges: readonly RowsRead[];
  /** The change log's last place in the state that was read. */
  readonly logEnd: LogPlace;
}

/**
 * A place in the log of a source that logs its changes: its last line in some state of the source.
 *
 * Numbers alone name no place. A file that lost its last commits (a power failure in WAL mode with `synchronous =
 * NORMAL`) or was put back from a snapshot gives the numbers of the lost lines to other changes. A line's mark was
 * drawn when it was written, so a file whose log holds a line with this number and this mark has come from the very
 * state that was read, and everything that was changed since is named behind it.
 */
export interface LogPlace {
  readonly seq: bigint;
  readonly mark: bigint;
}

/** Rows that are loaded in one transaction, in the target's own format for loading. */
export interface Batch {
  /** Where they lie in the table: everywhere, where it is read in one piece; which reads of it they come from, where it has no rowids. */
  readonly bounds: NonNullable<RowRange['bounds']>;
  /** Where the reads began that they come from, in a table without rowids. */
  readonly behind?: Locator | undefined;
  /** Undefined when there are none. */
  readonly chunks: AsyncIterable<Uint8Array> | undefined;
  /** What the chunks hold, known when they are all taken. */
  readonly result: Promise<EncodeResult>;
}

/** Told of rows, and of bytes of theirs, that were read since the last call. */
export type OnRows = (rows: number, bytes: number) => void;

/** Milliseconds and bytes behind which no further row is read. */
export interface ReadBudget {
  readonly ms: number;
  readonly bytes: number;
}

/** What is wanted of rows that are read in short reads; see {@link RowsRead}. */
export type Wanted = 'check' | 'encode' | 'digest' | 'packed-digest' | 'checksum' | 'keys' | 'changes';

/** One of the workers that read a source: each does one thing at a time. */
export interface SourceReader {
  run<Task extends ReadTask>(task: Task): Promise<ReadResults[Task['kind']]>;
  /** Runs every value of a range through its codec. @param keep whether the rows will be loaded as they are now */
  check(range: RowRange, keep: boolean, onRows: OnRows): Promise<CheckResult>;
  /** The rows of a range for the target. Each batch must be taken before the next is asked for. */
  encode(range: RowRange, onRows: OnRows): AsyncIterable<Batch>;
  /** Reads ranges from one state of the source, as many of their rows as do not hold up whoever writes to it. */
  read(ranges: readonly RowRange[], want: Wanted, budget?: ReadBudget): Promise<ReadResult>;
}

/**
 * How the pipeline reads a source: the same whether the source stands still or is written to meanwhile.
 */
export interface SourceView {
  /** Readers; each has a connection to the target that works for it. */
  readonly size: number;
  /** Whether all of it is one state of the source: only then do rules between rows mean anything. */
  readonly standsStill: boolean;
  /** The end of the change log in the last state that was read; undefined where no log is followed. */
  readonly seen: LogPlace | undefined;
  /** Rows and rowid bounds of every table; `roughly`, the rows are estimated. */
  measure(plan: TransferPlan, roughly?: boolean): Promise<PlannedTable[]>;
  /** What is not done yet, cut so that several readers have something to do. @param widest rowids in a range */
  cut(tables: readonly PlannedTable[], done?: readonly DoneRange[], widest?: bigint): RowRange[];
  /** Works through a list on as many readers as there are, in its order; the first failure ends it. */
  runAll<Item>(
    items: readonly Item[],
    work: (item: Item, reader: SourceReader, slot: number) => Promise<void>,
  ): Promise<void>;
  /** Runs one task on every reader, for what each must know. */
  runEverywhere(task: ReadTask): Promise<void>;
  /** Runs one task on one reader, always the same. */
  runOnce<Task extends ReadTask>(task: Task): Promise<ReadResults[Task['kind']]>;
  /** Works with one reader, always the same. */
  withReader<Result>(work: (reader: SourceReader) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** The numbers that a column holds. */
export interface NumberRange {
  readonly lowest: bigint | number;
  readonly highest: bigint | number;
  /** How the target would print them. */
  printed(column: ColumnPlan): readonly [lowest: string, highest: string] | undefined;
}

/** A value that is too large to be read, as people find it. */
export interface LargeValue {
  /** Infinity of one that is computed, and cannot be. */
  readonly bytes: number;
  /** The key of its row; empty where it is not known. */
  readonly key: string;
}

/** How large it is, and where. */
export function describeLarge({ bytes, key }: LargeValue): string {
  if (!Number.isFinite(bytes)) return 'computed of what is too large, or becoming so';
  return key === '' ? `${bytes} bytes` : `${bytes} bytes, ${key}`;
}

/** What one state of a source is made of. */
export interface SourceCatalog {
  readonly tables: readonly SourceTable[];
  /** What is really stored in a table's columns, and what becomes of it in the readings that are asked for by column. */
  evidence(table: SourceTable, readings?: Readonly<Record<string, readonly Reading[]>>): ColumnEvidence[];
  /** What the source holds, for estimating what the target will. */
  readonly bytes: number;
  /** Whether a table, or one of its columns, holds anything. */
  holdsData(table: string, column?: string): boolean;
  /** The rules over several rows that the target enforces and the source may have broken. */
  rules(plan: TransferPlan, target: readonly TargetTable[]): RelationRule[];
  /** Which rows go nowhere without which others. */
  dependencies(plan: TransferPlan, target: readonly TargetTable[]): Dependency[];
  /** Of tables whose rows stay: those that rows of the plan point to, themselves or through others of them. */
  pointedRows(
    plan: TransferPlan,
    kept: readonly TablePlan[],
    target: readonly TargetTable[],
  ): { readonly pointed: PointedRows[]; readonly untold: string[] };
  countRows(table: string): number;
  /** The least and the greatest integer in a column; undefined where there is none. */
  extremes(table: string, column: string): { readonly lowest: bigint; readonly highest: bigint } | undefined;
  /** The rowids of rows whose values in a plan's columns take more bytes; `many` of them, or rows that have no rowid. */
  largeRows(table: TablePlan, bytes: number, most: number): readonly bigint[] | 'many';
  /** The same of rows with more values in a plan's columns that are not NULL. */
  fullRows(table: TablePlan, values: number, most: number): readonly bigint[] | 'many';
  /** Columns of a plan with values of more bytes, each with the greatest number of them. */
  columnsWithMore(
    plan: TransferPlan,
    bytes: number,
  ): readonly { readonly table: string; readonly column: string; readonly bytes: number }[];
  /** A value of a table's column with more bytes, and the key of its row; of Infinity, where it is computed and cannot be. */
  valueWithMore(table: TablePlan, column: string, bytes: number): LargeValue | undefined;
  /** Whether the rows of a table can be read as they are stored, by another way than the driver's. */
  readsStored(table: TablePlan): boolean;
  /** What is to be known of what cannot be checked, each as a sentence. */
  notes(plan: TransferPlan): string[];
  /** The least and the greatest number in a column, as they are stored and as a target column prints them; undefined where there is none. */
  numberRange(table: string, column: string): NumberRange | undefined;
  /** By target table: the highest id that was ever assigned, where the source remembers. */
  highWaterMarks(plan: TransferPlan): ReadonlyMap<string, bigint>;
}

/** One state of a source, which can be inspected and copied. */
export interface Snapshot extends SourceView {
  /** Keeps what the inspection encodes for the copy, where there is room. @param bytes what the source holds */
  keepEncoded(bytes: number): void;
  /** Nothing that was kept will be loaded any more. No reader may be at work. */
  dropEncoded(): void;
}

/** A source that others write to while it is read. */
export interface LiveView extends SourceView {
  /** Lets only states be read that have come from the one whose log ended there. */
  follow(place: LogPlace): void;
}

/** Where rows come from. The pipeline knows nothing else of a source: another source is one implementation. */
export interface Source {
  /** What people call it: for messages. */
  readonly name: string;
  readonly shortName: string;
  /** Bytes of the largest value that the driver reads. */
  readonly maxRead: number;
  fingerprint(): SourceFingerprint;
  isSame(a: SourceFingerprint, b: SourceFingerprint): boolean;
  /** Looks at one state of the source, and lets it go. */
  look<Result>(work: (catalog: SourceCatalog) => Result): Result;
  /** One state of it, always the same. */
  snapshot(): Promise<Snapshot>;
  live(): LiveView;
  close(): Promise<void>;
}
