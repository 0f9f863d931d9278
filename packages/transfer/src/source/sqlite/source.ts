import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { Database } from 'better-sqlite3';
import { codeOf } from '../../errors.ts';
import type { SourceTable } from '../../plan/catalog.ts';
import type { SourceFingerprint } from '../../plan/rows.ts';
import { copiedColumns, sourceColumns, type TablePlan, type TransferPlan } from '../../plan/types.ts';
import { quoteName } from '../../quote.ts';
import type { NumberRange, Source, SourceCatalog } from '../source.ts';
import { beginRead } from './busy.ts';
import { collationOf, readSqliteCatalog } from './catalog.ts';
import { readEvidence } from './evidence/read-evidence.ts';
import { fingerprintSource, sameFingerprint } from './fingerprint.ts';
import { readHighWaterMarks } from './high-water-marks.ts';
import { LiveFile } from './live.ts';
import { openSource, unusable } from './open.ts';
import { pointedRows } from './pointed-rows.ts';
import { canonicalForm } from './proof/canonical.ts';
import { type ReadableSource, readableSource } from './readable.ts';
import { QuickEncoder } from './readers/quick-encoder.ts';
import { ReaderThreads } from './readers/threads.ts';
import { dependencies, relationRules } from './relations.ts';
import { columnsWithMore, isTooBig, MAX_READ, usedBytes, valueWithMore } from './size.ts';
import { FileSnapshot } from './snapshot.ts';
import { balanced, sourceExpression } from './source-sql.ts';
import { tooLarge } from './too-large.ts';

/** Beyond that, what the target's disk can take is reached long since. */
const MAX_READERS = 8;
/** Bytes that one reader has read before another one has started. */
const READ_BY_ONE = 1024 * 1024;

export interface SqliteSettings {
  /** What is read instead of the file: from {@link readableSource}, which is called when this is omitted. */
  readonly readable?: string | undefined;
  /** Threads that read it. When omitted, one a processor, and fewer for a small file. */
  readonly readers?: number | undefined;
  /** Milliseconds to wait for another process that is just committing; 5 s. */
  readonly waitMs?: number | undefined;
  /** Where the threads come from. When omitted, there are some for this source alone. */
  readonly threads?: ReaderThreads | undefined;
  /** Bytes of the largest value that is read through the driver; what it can when omitted. For tests. */
  readonly maxRead?: number | undefined;
}

/** A SQLite file. It is never written. */
export class SqliteSource implements Source {
  /** The path. */
  readonly name: string;
  readonly readers: number;
  readonly maxRead: number;
  readonly #given: string | undefined;
  readonly #waitMs: number | undefined;
  readonly #threads: ReaderThreads;
  readonly #hasOwnThreads: boolean;
  #own: ReadableSource | undefined;
  #snapshot: Promise<FileSnapshot> | undefined;
  #live: LiveFile | undefined;

  constructor(file: string, { readable, readers, threads, waitMs, maxRead }: SqliteSettings = {}) {
    this.name = file;
    this.readers = readers ?? readersFor(file);
    this.maxRead = maxRead ?? MAX_READ;
    this.#given = readable;
    this.#waitMs = waitMs;
    this.#threads = threads ?? new ReaderThreads();
    this.#hasOwnThreads = threads === undefined;
  }

  get shortName(): string {
    return basename(this.name);
  }

  fingerprint(): SourceFingerprint {
    return fingerprintSource(this.name);
  }

  isSame(a: SourceFingerprint, b: SourceFingerprint): boolean {
    return sameFingerprint(a, b);
  }

  look<Result>(work: (catalog: SourceCatalog) => Result): Result {
    const db = openSource(this.#readable, { waitMs: this.#waitMs });
    try {
      // Nothing is waited for while it lasts: others may be writing to the file.
      beginRead(db, this.#waitMs);
      let tables: readonly SourceTable[] | undefined;
      // Of thousands of tables that takes a while, and not every look is at them.
      const readTables = () => (tables ??= readSqliteCatalog(db));
      return work({
        get tables() {
          return readTables();
        },
        evidence: (table, readings) => readEvidence(db, table, readings),
        bytes: usedBytes(db),
        holdsData: (table, column) => holdsData(db, table, column),
        largeRows: (table, bytes, most) => findLargeRows(db, table, bytes, most),
        fullRows: (table, values, most) => findFullRows(db, table, values, most),
        columnsWithMore: (plan, bytes) => columnsWithMore(db, readColumns(plan), bytes),
        valueWithMore: ({ source, key }, column, bytes) => valueWithMore(db, source, column, key, bytes),
        readsStored: (table) => QuickEncoder.open(db, table, { checks: true, writes: true }) !== undefined,
        notes: (plan) => unknownCollations(db, plan),
        numberRange: (table, column) => readNumberRange(db, table, column),
        extremes: (table, column) => readExtremes(db, table, column),
        rules: (plan, target) => relationRules(plan, readTables(), target, (...of) => collationOf(db, ...of)),
        dependencies,
        pointedRows,
        countRows: (table) =>
          db
            .prepare(`SELECT count(*) FROM ${quoteName(table)}`)
            .pluck()
            .safeIntegers(false)
            .get() as number,
        highWaterMarks: (plan) => readHighWaterMarks(db, plan),
      });
    } catch (error) {
      if (isTooBig(error)) throw tooLarge(this.name, error);
      // Damage may show in any look, before the one that looks for it.
      throw /^SQLITE_(CORRUPT|NOTADB|IOERR)/.test(codeOf(error)) ? unusable(this.name, error) : error;
    } finally {
      db.close();
    }
  }

  snapshot(): Promise<FileSnapshot> {
    this.#snapshot ??= FileSnapshot.open(this.#readable, this.readers, this.#threads);
    return this.#snapshot;
  }

  live(): LiveFile {
    this.#live ??= new LiveFile(this.#readable, this.readers, this.#threads);
    return this.#live;
  }

  async close(): Promise<void> {
    await this.#live?.close();
    // One that could not be opened has closed itself, and was told of.
    await (await this.#snapshot?.catch(() => undefined))?.close();
    if (this.#hasOwnThreads) await this.#threads.close();
    this.#own?.release();
  }

  get #readable(): string {
    if (this.#given !== undefined) return this.#given;
    this.#own ??= readableSource(this.name);
    return this.#own.file;
  }
}

/** Whether a table, or one of its columns, holds anything. */
export function holdsData(db: Database, table: string, column?: string): boolean {
  const where = column === undefined ? '' : ` WHERE ${quoteName(column)} IS NOT NULL`;
  return db.prepare(`SELECT 1 FROM ${quoteName(table)}${where} LIMIT 1`).get() !== undefined;
}

function findLargeRows(
  db: Database,
  table: TablePlan,
  bytes: number,
  most: number,
): readonly bigint[] | 'many' {
  const sizes = table.columns.map((column) => `coalesce(octet_length(${sourceExpression(column)}), 0)`);
  return findRows(db, table, `${balanced(sizes, '+')} > ${bytes}`, most);
}

function findFullRows(
  db: Database,
  table: TablePlan,
  values: number,
  most: number,
): readonly bigint[] | 'many' {
  const counted = copiedColumns(table).map((column) => `(${sourceExpression(column)} IS NOT NULL)`);
  return findRows(db, table, `${balanced(counted, '+')} > ${values}`, most);
}

function findRows(
  db: Database,
  { source, rowid }: TablePlan,
  condition: string,
  most: number,
): readonly bigint[] | 'many' {
  const name = rowid === undefined ? '1' : `t.${quoteName(rowid)}`;
  const found = db
    .prepare(`SELECT ${name} FROM ${quoteName(source)} t WHERE ${condition} LIMIT ?`)
    .pluck()
    .safeIntegers()
    .all(most + 1) as bigint[];
  return found.length > most || (rowid === undefined && found.length > 0) ? 'many' : found;
}

/** The columns of the source that values of a plan come from, by its tables. */
function readColumns({ tables }: TransferPlan): [table: string, columns: string[]][] {
  return tables.map(({ source, columns }) => [source, [...sourceColumns(columns)]]);
}

/** Those that SQLite brings along; its own list names what a schema asks for, too. */
const COLLATIONS = new Set(['BINARY', 'NOCASE', 'RTRIM']);

/** Indexes in an order that only the application knows. */
function unknownCollations(db: Database, plan: TransferPlan): string[] {
  const used = db.prepare<[string], { name: string; coll: string }>(
    'SELECT DISTINCT l.name, x.coll FROM pragma_index_list(?) l, pragma_index_xinfo(l.name) x WHERE x.coll IS NOT NULL',
  );
  return plan.tables.flatMap(({ source }) =>
    used
      .all(source)
      .filter(({ coll }) => !COLLATIONS.has(coll.toUpperCase()))
      .map(
        ({ name, coll }) =>
          `The index ${name} of ${source} is ordered by ${coll}, a collation of the application's own: whether it is sound cannot be checked, and its rows are read without it`,
      ),
  );
}

function readNumberRange(db: Database, table: string, column: string): NumberRange | undefined {
  const name = quoteName(column);
  const [lowest, highest] = ['min', 'max'].map(
    (of) =>
      db
        .prepare(
          `SELECT ${of}(${name}) FROM ${quoteName(table)} WHERE typeof(${name}) IN ('integer', 'real')`,
        )
        .pluck()
        .safeIntegers()
        .get() as bigint | number | null,
  );
  if (lowest === null || highest === null || lowest === undefined || highest === undefined) return undefined;
  return {
    lowest,
    highest,
    printed: (plan) => {
      if (![lowest, highest].every((end) => Number.isFinite(Number(end)))) return undefined;
      const print = canonicalForm(plan);
      const ends = [print(lowest), print(highest)] as [string, string];
      return ends.some((end) => end.startsWith('\0')) ? undefined : ends;
    },
  };
}

function readExtremes(
  db: Database,
  table: string,
  column: string,
): { lowest: bigint; highest: bigint } | undefined {
  // In an order: the key's or an index's, where there is one, so that the first row is the last that is read.
  const [lowest, highest] = ['ASC', 'DESC'].map((order) =>
    db
      .prepare(
        `SELECT ${quoteName(column)} FROM ${quoteName(table)} WHERE typeof(${quoteName(column)}) = 'integer'
         ORDER BY ${quoteName(column)} ${order} LIMIT 1`,
      )
      .pluck()
      .safeIntegers()
      .get(),
  );
  return typeof lowest === 'bigint' && typeof highest === 'bigint' ? { lowest, highest } : undefined;
}

function readersFor(file: string): number {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? Number.POSITIVE_INFINITY;
  const processors = Math.min(availableParallelism(), MAX_READERS);
  return Math.min(processors, Math.ceil(bytes / READ_BY_ONE) || 1);
}
