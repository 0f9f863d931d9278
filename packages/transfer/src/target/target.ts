import type { NextStep } from '../errors.ts';
import type {
  CheckConstraint,
  GeneratedColumn,
  IndexShape,
  ServerKey,
  TargetTable,
} from '../plan/catalog.ts';
import type {
  Alteration,
  BadRow,
  PackedDigests,
  QuarantinedRow,
  SourceFingerprint,
  StoredQuarantine,
  StoredRow,
  StoredValue,
} from '../plan/rows.ts';
import type { ColumnPlan, TablePlan, TransferPlan } from '../plan/types.ts';
import type { OnProgress } from '../progress.ts';

/**
 * - `copying`: rows are being loaded; indexes and foreign keys are deferred.
 * - `settling`: all rows are in; indexes, keys and sequences are being restored.
 * - `verifying`: everything is in place and waits for its proof.
 * - `complete`: proven equal to the source.
 */
export type RunState = 'copying' | 'settling' | 'verifying' | 'complete';

export interface Run {
  readonly id: string;
  readonly state: RunState;
  readonly sourceName: string;
  readonly fingerprint: SourceFingerprint;
  /** The instant that `run-start` stands for. */
  readonly runStart: string;
  readonly plan: TransferPlan;
}

export interface CopiedRange {
  readonly table: string;
  readonly lowest: bigint;
  readonly highest: bigint;
  readonly rows: number;
  readonly bytes: number;
}

/** A sequence that would hand out an id which is already taken. */
export interface SequenceBehind {
  readonly table: string;
  readonly column: string;
  readonly sequence: string;
  readonly next: bigint;
  readonly highest: bigint;
}

export interface StructureVerdict {
  /** One clause for each thing that is missing, changed, or there and without effect. */
  readonly unfit: readonly string[];
  /** Whether a transfer recorded the structure: without it nobody can tell what is missing. */
  readonly recorded: boolean;
}

export interface TableDigest {
  rows: bigint;
  /** Sums of the row digests' two leading 64-bit halves, modulo 2^64. */
  high: bigint;
  low: bigint;
}

/** Rows on their way in binary COPY format. */
export interface Load {
  readonly bounds: { readonly lowest: bigint; readonly highest: bigint };
  /** Undefined when there are none. */
  readonly chunks: AsyncIterable<Uint8Array> | undefined;
  /** What the chunks hold, known when they are all taken. */
  readonly result: Promise<Loaded>;
}

export interface Loaded {
  readonly rows: number;
  /** Of COPY data. */
  readonly bytes: number;
  readonly alterations: readonly Alteration[];
}

export interface LoadOptions<Connection> {
  readonly runId: string;
  /** What else is stored in the transaction. */
  readonly also?: ((connection: Connection) => Promise<void>) | undefined;
  /** What to do about a row that breaks a rule of the target, beside fixing it; undefined where the same call goes on. */
  readonly next?: NextStep | undefined;
  /** Reads the same rows once more, so that the one which breaks a rule can be named. */
  readonly again: () => AsyncIterable<Load>;
}

export interface TargetName {
  readonly schema: string;
  readonly name: string;
}

export interface TargetCatalog {
  readonly tables: readonly TargetTable[];
  /** What the target checks of each row. */
  readonly checks: readonly CheckConstraint[];
  /** What it checks of rows together, beyond the unique keys of its tables. */
  readonly keys: readonly ServerKey[];
  readonly generated: readonly GeneratedColumn[];
  readonly indexes: readonly IndexShape[];
}

/**
 * What the target itself knows of transfers into it: each range is entered in the very transaction that loads it, so
 * the ledger cannot say more or less than what is there.
 */
export interface Ledger {
  /** Makes it where it is missing. */
  create(): Promise<void>;
  /** The latest run; there is at most one that is not complete. */
  findRun(): Promise<Run | undefined>;
  insertRun(run: Omit<Run, 'id' | 'state'>): Promise<string>;
  setState(runId: string, state: RunState): Promise<void>;
  readRanges(runId: string): Promise<CopiedRange[]>;
  insertAlterations(runId: string, found: readonly Alteration[]): Promise<void>;
  readAlterations(runId: string): Promise<Alteration[]>;
  /** Enters what the tables are made of. Call it before anything is deferred. */
  recordStructure(runId: string, tables: readonly TargetName[]): Promise<void>;
  /** Enters rows of a table that are set aside, in the order of their places, with what they hold. */
  quarantine(
    runId: string,
    table: TablePlan,
    rows: readonly (StoredRow & { readonly bad: BadRow; readonly rowid: bigint | undefined })[],
  ): Promise<void>;
  /** Every row in a run's quarantine, table by table. */
  readQuarantined(runId: string): Promise<QuarantinedRow[]>;
  /** What one of them holds, column by column. */
  readStoredRow(runId: string, row: Pick<QuarantinedRow, 'target' | 'place'>): Promise<StoredValue[]>;
  /** All of them with what they hold, one after the other. */
  storedQuarantine(runId: string): AsyncGenerator<StoredQuarantine>;
}

/** What one state of a changing source says of some keys, by the tables of the plan. */
export interface KeyedRows {
  readonly keys: readonly Key[];
  readonly data: readonly Uint8Array[];
  readonly rows: number;
}

/** The printed values of a row's identity. */
export type Key = readonly (string | null)[];

/** Changes on their way into the target, all of them applied in one go. */
export interface Stage {
  /** Puts what one state of the source says of some keys; later states replace it. */
  add(read: readonly KeyedRows[]): Promise<void>;
  /**
   * Makes the target what the stage and the last state that was read say.
   *
   * @throws TransferError `source-refused` for a row that breaks a rule of the target
   */
  applyWith(last: readonly KeyedRows[]): Promise<void>;
}

/** Brings rows into the target, and takes them back. */
interface Loader<Connection> {
  /** @throws TransferError `target-unfit` when it has no room @param told bytes that are free; undefined to look */
  refuseFullDisk(needed: number, told: number | undefined): Promise<void>;
  /** Takes the tables for the rest of the transaction. @throws TransferError `locked` */
  lock(tables: readonly TargetName[]): Promise<void>;
  holdsRows(table: TargetName): Promise<boolean>;
  /** Removes the rows of tables and keeps them elsewhere, in a transaction, until the run is taken back. @returns where */
  setSeedsAside(
    runId: string,
    tables: readonly TargetName[],
  ): Promise<readonly { readonly table: string; readonly rows: number; readonly keptIn: string }[]>;
  /** Keeps what the target would do by itself from acting on rows that come from the source. In a transaction. */
  silence(runId: string, tables: readonly TargetName[]): Promise<void>;
  /** Lets it act again as before, in a transaction. */
  restoreTriggers(runId: string): Promise<void>;
  /** Loads rows and their line in the ledger, or neither. @param slot the reader that they come from */
  load(slot: number, table: TablePlan, rows: Load, options: LoadOptions<Connection>): Promise<Loaded>;
  /** In a transaction of {@link Target.applying}. */
  stage(plan: TransferPlan): Stage;
  /** Refuses an unfinished run's tables when somebody else wrote to them. @throws TransferError `target-not-empty` */
  refuseUnexpectedRows(run: Run): Promise<void>;
  /** Takes back an unfinished run: its rows, its ledger lines, and what was deferred. */
  discard(run: Run): Promise<void>;
}

/** Indexes and constraints that are built faster after the load than kept up during it. */
interface DeferredDdl {
  /** Makes every constraint of the (empty) tables hold for all rows, so that it does when they are loaded. */
  validate(plan: TransferPlan): Promise<void>;
  /** Drops what is to be built later and enters it in the ledger. */
  defer(runId: string, plan: TransferPlan): Promise<void>;
  /** Builds it again, makes statistics, and moves sequences ahead of the ids. */
  restore(options: RestoreOptions): Promise<void>;
}

export interface RestoreOptions {
  readonly runId: string;
  readonly plan: TransferPlan;
  /** By target table: the highest id that the source ever assigned, where it remembers (AUTOINCREMENT). */
  readonly highWaterMarks: ReadonlyMap<string, bigint>;
  readonly onProgress?: OnProgress | undefined;
  /** The same as in {@link LoadOptions}. */
  readonly next?: NextStep | undefined;
}

/** Rows of a temporary table, by their places in it from 1, with which the target tries its own rules. */
export interface Probe {
  /** Adds encoded rows. */
  add(data: Uint8Array): Promise<void>;
  /** The places of rows that break a check. */
  breaking(check: CheckConstraint): Promise<readonly number[]>;
  /** The places of rows that a key does not let in, by the reason. @param last the last place */
  refusedBy(key: ServerKey, last: number): Promise<readonly RefusedPlaces[]>;
  /** The places of rows for which an expression cannot be computed. @param last the last place */
  notComputed(column: GeneratedColumn, last: number): Promise<readonly number[]>;
  /** The places of rows for which the target computes another value than the column holds here. */
  computedOtherwise(column: GeneratedColumn): Promise<readonly number[]>;
  /** The places of rows that do not fit into an index. @param last the last place */
  tooLargeFor(index: IndexShape, last: number): Promise<readonly number[]>;
}

export interface RefusedPlaces {
  readonly reason: string;
  readonly places: readonly number[];
}

export interface Probes {
  /** Works with a probe of the table's columns, in a transaction that leaves nothing behind. */
  use<Result>(table: TablePlan, work: (probe: Probe) => Promise<Result>): Promise<Result>;
  /** Works with what tells whether encoded rows fit into pages of the target, in a transaction that leaves nothing behind. */
  fitting<Result>(
    table: TablePlan,
    work: (fit: (data: Uint8Array) => Promise<boolean>) => Promise<Result>,
  ): Promise<Result>;
}

/** Rows of a table by the values of a whole-numbered column. */
export interface Places {
  readonly column: ColumnPlan;
  /** The first range of a row of ranges as wide as each other, and the end of the last. */
  readonly lowest: bigint;
  readonly width: bigint;
  readonly highest: bigint;
}

/** The rows with a value in one of the ranges, and those with one in none of all ranges. */
export interface Suspected extends Places {
  readonly ranges: readonly { readonly lowest: bigint; readonly highest: bigint }[];
}

/** What the target prints and sums of its rows, for the proof. */
export interface Digests {
  /** Of every table, by its name; all of one state. @param onRows told of rows, and bytes of their texts */
  tables(
    plan: TransferPlan,
    onRows: (rows: number, bytes: number) => void,
  ): Promise<Map<string, TableDigest>>;
  /** The sums of a table by place: the ranges are numbered from 0; what lies in none has no place. */
  places(table: TablePlan, places: Places): Promise<Map<number | null, TableDigest>>;
  /** Every row with its digest and its printed values; of some rows, if they are given. */
  eachRow(
    table: TablePlan,
    suspected: Suspected | undefined,
    visit: (digest: string, values: (string | null)[]) => void,
  ): Promise<void>;
  /** Of the rows between two values of the table's key, a whole number. @param slot the reader that asks */
  between(
    slot: number,
    table: TablePlan,
    bounds: { readonly lowest: bigint; readonly highest: bigint },
  ): Promise<PackedDigests>;
  /** By identity, as JSON: of the rows with these keys. @param slot the reader that asks */
  of(slot: number, table: TablePlan, keys: readonly Key[]): Promise<Map<string, string>>;
  /** The printed values of a row. */
  values(table: TablePlan, key: Key): Promise<readonly (string | null)[] | undefined>;
}

/** How far a sequence goes, and for which column. */
export interface SequenceLimit {
  /** Qualified and quoted. */
  readonly sequence: string;
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly isDescending: boolean;
  readonly lowest: bigint;
  readonly highest: bigint;
}

/** What a target may be unable to take, whatever the rows are. */
export interface Obstacles {
  /** What would stop the load or what comes after it, each as a sentence with what to do about it. */
  readonly found: readonly string[];
  /** How far the sequences go that have to be moved along. */
  readonly limits: readonly SequenceLimit[];
}

/** Whether the target can take a plan's tables at all, whatever they hold. */
interface Fitness {
  obstacles(plan: TransferPlan): Promise<Obstacles>;
  /** Rows that stay and point to rows that the plan replaces, each as a sentence. */
  rowsOntoSeeds(plan: TransferPlan): Promise<string[]>;
  /** What is no obstacle and yet worth knowing, each as a sentence. */
  notes(plan: TransferPlan): Promise<string[]>;
}

/** What must be true of the target beside its rows. */
interface Structure {
  /** What is missing, changed or without effect. @param toBeValidated constraints that may wait for it */
  verify(plan: TransferPlan, toBeValidated?: readonly string[]): Promise<StructureVerdict>;
  /** What is missing or changed since the latest run began; undefined when none is recorded. */
  changes(): Promise<string[] | undefined>;
  /** Sequences that would assign what was assigned already. */
  sequencesBehind(plan: TransferPlan, highWaterMarks: ReadonlyMap<string, bigint>): Promise<SequenceBehind[]>;
}

/**
 * Where rows go. The pipeline knows nothing else of a target: another target is one implementation, and one that differs from
 * PostgreSQL in some things (a sharded one) takes PostgreSQL's and has its own loader, deferred DDL and digests.
 *
 * It works on one connection, which holds the lock of the run and makes the transactions; loads, indexes and digests
 * may use as many as there are readers.
 */
export interface Target<Connection = unknown> {
  readonly schema: string;
  /** Takes the lock that one transfer holds at a time. @throws TransferError `locked` after `waitMs` */
  lock(waitMs: number): Promise<void>;
  transaction<Result>(work: () => Promise<Result>): Promise<Result>;
  /** The same, with rules between rows looked at when all is applied. */
  applying<Result>(work: () => Promise<Result>): Promise<Result>;
  catalog(): Promise<TargetCatalog>;
  readonly fitness: Fitness;
  readonly ledger: Ledger;
  readonly loader: Loader<Connection>;
  readonly deferred: DeferredDdl;
  readonly probes: Probes;
  readonly digests: Digests;
  readonly structure: Structure;
}
