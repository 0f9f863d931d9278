import { isUtf8 } from 'node:buffer';
import type { Database } from 'better-sqlite3';
import { CopyWriter } from '../../../column-types/encode/copy-writer.ts';
import type { SqliteValue } from '../../../column-types/types.ts';
import { ProgrammingError, TransferError } from '../../../errors.ts';
import type { Alteration, RefusedValue } from '../../../plan/rows.ts';
import type { ColumnPlan, TablePlan } from '../../../plan/types.ts';
import { quoteName } from '../../../quote.ts';
import type { LogPlace, ReadResult, RowRange, RowsRead } from '../../source.ts';
import { CHANGE_LOG, endOfLog, holdsPlace, keyColumn, LOG_START } from '../change-log.ts';
import { canonicalForm, type ReadValue } from '../proof/canonical.ts';
import { RowDigester } from '../proof/row-digester.ts';
import { NeedsStrictReading, quickRows, strictRows } from '../proof/source-rows.ts';
import { MAX_READ } from '../size.ts';
import { changedKeys, exactLocators, locatorExpressions, selectRange } from '../source-sql.ts';
import { Budget } from './budget.ts';
import { toLocator } from './excluded.ts';
import { LARGEST_HELD } from './held-table.ts';
import type { HeldRows, LivePages } from './live-pages.ts';
import { packDigests, sizeOf } from './packed-digests.ts';
import type { LiveTask, ReadCost } from './protocol.ts';
import { rootPage } from './quick-column.ts';
import type { QuickEncoder } from './quick-encoder.ts';
import { checksumRows } from './row-checksums.ts';
import { encoderOf, RowEncoder, type Rows } from './row-encoder.ts';
import { LARGE_ROW, type Turn } from './turn.ts';

/** Bytes from which on encoded rows are put away, so that the writer's buffer stays small. */
const CHUNK_BYTES = 512 * 1024;

const UNPROVEN = `more than ${MAX_READ} bytes, which only a transfer proves`;

/** Of a buffer that keys are tried in. */
const KEY_BYTES = 4096;

/** What was read of a file that others write to. */
interface LiveRead {
  readonly cost: ReadCost;
  /** Whether some of it is in a copy. */
  readonly copied: boolean;
  /** Makes the result, when the file is let go: nobody has to wait for that. */
  readonly result: () => ReadResult;
}

/**
 * Does a piece of work, as much of it as the budget allows.
 *
 * @throws TransferError `source-changed` when the file has not come from the state that was read before
 */
export function readLive(db: Database, pages: LivePages, task: LiveTask): LiveRead {
  const began = performance.now();
  const logEnd = followLog(db, task.since ?? LOG_START);
  // With a write-ahead log readers are in nobody's way.
  const isInTheWay = db.pragma('journal_mode', { simple: true }) !== 'wal';
  const budget = new Budget((isInTheWay ? undefined : task.budgetBesideLog) ?? task.budget);
  const ranges: (() => RowsRead)[] = [];
  let copied = false;
  for (const range of task.ranges) {
    const held = isInTheWay && isCopied(task, range) ? pages.hold(db, range, task.want, budget) : undefined;
    if (held !== undefined) copied = true;
    const read = held
      ? { stoppedAt: held.stoppedAt, result: () => readHeld(held, range, task.want) }
      : readPart(db, pages, range, task.want, budget, isInTheWay);
    ranges.push(read.result);
    if (read.stoppedAt !== undefined || budget.spent) break;
  }
  const version = Number(db.pragma('data_version', { simple: true }));
  const heldMs = isInTheWay ? performance.now() - began : 0;
  const result = () => ({ ranges: ranges.map((read) => read()), logEnd });
  return { cost: { heldMs, version, logEnd }, copied, result };
}

/** Single rows, and those that the log names, lie anywhere: their pages are more than they are worth. */
function isCopied({ ranges, want, mayCopy = true }: LiveTask, { changes, where }: RowRange): boolean {
  if (changes !== undefined || where !== undefined) return false;
  return mayCopy && ranges.length === 1 && want !== 'keys' && want !== 'changes';
}

/** Of a range what was read, and what makes the rest of it. */
interface Part {
  readonly stoppedAt?: RowsRead['stoppedAt'];
  readonly result: () => RowsRead;
}

function readPart(
  db: Database,
  pages: LivePages,
  range: RowRange,
  want: LiveTask['want'],
  budget: Budget,
  isInTheWay: boolean,
): Part {
  if (want !== 'packed-digest') {
    const read = readRange(db, pages, range, want, budget);
    return { stoppedAt: read.stoppedAt, result: () => read };
  }
  const { stoppedAt, pack } = packDigests(db, range, isInTheWay ? budget : undefined, pages.largeRow);
  return {
    stoppedAt,
    result: () => ({ ...NOTHING, ...pack(), ...(stoppedAt !== undefined && { stoppedAt }) }),
  };
}

/** Reads from a copy what was kept of a range. */
function readHeld(held: HeldRows, range: RowRange, want: LiveTask['want']): RowsRead {
  const { upTo, stoppedAt, values } = held;
  const bounds = { lowest: range.bounds?.lowest ?? upTo, highest: upTo };
  const read = readCopy(held, { table: values?.table ?? range.table, bounds }, want);
  return { ...NOTHING, ...read, ...(stoppedAt !== undefined && { stoppedAt }) };
}

function readCopy(held: HeldRows, range: RowRange, want: LiveTask['want']): Partial<RowsRead> {
  const { copy, root, values } = held;
  const all = Budget.unlimited();
  switch (want) {
    case 'check':
    case 'encode':
      return encodeRows(copy, held.encoder, undefined, range, want === 'encode', all);
    case 'digest':
      return digestRows((values ?? copy).db, range, all);
    case 'packed-digest':
      return packDigests((values ?? copy).db, range, undefined, undefined).pack();
    case 'checksum':
      return checksumRows(copy.pages, root, range, all, LARGEST_HELD);
    default:
      throw new ProgrammingError('what the log names is in no copy');
  }
}

function followLog(db: Database, since: LogPlace): LogPlace {
  const kept = db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(CHANGE_LOG) !== undefined;
  const holds = kept ? holdsPlace(db, since) : since.seq === 0n;
  if (holds) return kept ? endOfLog(db) : LOG_START;
  throw new TransferError(
    'source-changed',
    `${db.name} went back in time while it was read: it has lost changes that it had logged (after a power failure, or put back from a snapshot); run the same command again.`,
  );
}

type Changes = NonNullable<RowRange['changes']>;

const NOTHING = { rows: 0, data: [], keys: [], digests: [], refusals: [], alterations: [] } as const;

function readRange(
  db: Database,
  pages: LivePages,
  range: RowRange,
  want: Exclude<LiveTask['want'], 'packed-digest'>,
  budget: Budget,
): RowsRead {
  switch (want) {
    case 'check':
      return encodeRows({ db }, encoderFor(db, pages, range), pages.largeRow, range, false, budget);
    case 'encode':
      return encodeRows({ db }, encoderFor(db, pages, range), pages.largeRow, range, true, budget);
    case 'digest':
      return digestRows(db, range, budget);
    case 'checksum':
      return {
        ...NOTHING,
        ...checksumRows(pages.scan, rootPage(db, range.table.source) as number, range, budget),
      };
    case 'keys':
      return readKeys(db, range);
    case 'changes':
      return readChanges(db, pages, range, budget);
  }
}

function readChanges(db: Database, pages: LivePages, range: RowRange, budget: Budget): RowsRead {
  const { keys } = readKeys(db, range);
  const rows = encodeRows({ db }, undefined, pages.largeRow, range, true, budget);
  const keyless = keys.some((key) => key.includes(null)) ? keylessRow(db, range.table) : [];
  return { ...rows, keys, refusals: [...rows.refusals, ...keyless] };
}

/** SQLite lets NULL into a primary key, and what is NULL is named by no key. */
export function keylessRow(db: Database, { source, key }: TablePlan): RefusedValue[] {
  return key.flatMap((column) => {
    const found = db
      .prepare(`SELECT 1 FROM ${quoteName(source)} WHERE ${quoteName(column)} IS NULL LIMIT 1`)
      .get();
    const where = { table: source, key: `${column}=NULL`, column };
    return found === undefined ? [] : [{ ...where, reason: 'the primary key is NULL', value: 'NULL' }];
  });
}

function encoderFor(db: Database, pages: LivePages, { table, changes }: RowRange): QuickEncoder | undefined {
  return changes === undefined ? pages.encoder(db, table) : undefined;
}

function encodeRows(
  from: Rows,
  quick: QuickEncoder | undefined,
  largeRow: Turn | undefined,
  range: RowRange,
  keep: boolean,
  budget: Budget,
): RowsRead {
  const encoder = new RowEncoder(from, range.table, false);
  const out = new CopyWriter(CHUNK_BYTES * 2);
  const data: Uint8Array[] = [];
  let rows = 0;
  let stoppedAt: RowsRead['stoppedAt'];
  for (const [locator, bytes] of encodedRows(quick, largeRow, encoder, range, out)) {
    rows++;
    budget.take(bytes);
    if (!keep) out.position = 0;
    else if (out.position >= CHUNK_BYTES) data.push(out.take());
    if (!budget.row()) {
      stoppedAt = placeOf(from.db, range, locator, rows);
      break;
    }
  }
  if (out.position > 0) data.push(out.take());
  const refusals: readonly RefusedValue[] = encoder.refusals;
  const alterations: readonly Alteration[] = encoder.alterations;
  return { ...NOTHING, rows, data, refusals, alterations, ...(stoppedAt !== undefined && { stoppedAt }) };
}

/** Writes the rows of a range one after the other. @returns the locator of each, and how many bytes it took */
function* encodedRows(
  quick: QuickEncoder | undefined,
  largeRow: Turn | undefined,
  encoder: RowEncoder,
  range: RowRange,
  out: CopyWriter,
): Generator<[locator: readonly SqliteValue[], bytes: number]> {
  if (!quick?.seek(range)) {
    for (const row of encoder.select(range)) {
      const from = out.position;
      encoder.encode(row, out);
      yield [row.slice(0, encoder.firstValue), out.position - from];
    }
    return;
  }
  while (quick.next()) {
    const from = out.position;
    if (quick.size > LARGE_ROW) largeRow?.take();
    const unread = quick.columnWithMore(MAX_READ);
    if (unread) encoder.refuseUnread(quick.rowid, unread, UNPROVEN);
    else if (!quick.encode(out)) encoder.encode(encoder.row(quick.rowid), out);
    yield [[quick.rowid], out.position - from];
  }
}

/** The last row of a read. @param rows so many were read */
function placeOf(
  db: Database,
  range: RowRange,
  locator: readonly SqliteValue[],
  rows: number,
): NonNullable<RowsRead['stoppedAt']> {
  if (range.table.rowid !== undefined) return BigInt(locator[0] as bigint | number);
  if (!locator.some(hasReplacement)) {
    return locator.map((value) => (typeof value === 'string' ? { text: Buffer.from(value) } : value));
  }
  // The driver may have decoded it with a loss.
  let left = rows;
  for (const exact of selectRange(db, range, exactLocators(range.table).join(', '))) {
    if (--left === 0) return toLocator(exact);
  }
  throw new ProgrammingError('a read holds one state of the file');
}

function digestRows(db: Database, range: RowRange, budget: Budget): RowsRead {
  const locators = locatorExpressions(range.table);
  try {
    return digestFrom(db, range, quickRows(db, range, locators), budget);
  } catch (error) {
    if (error instanceof NeedsStrictReading)
      return digestFrom(db, range, strictRows(db, range, locators), budget);
    throw error;
  }
}

/** @param found with the locators behind the values of each row */
function digestFrom(
  db: Database,
  range: RowRange,
  found: Iterable<readonly ReadValue[]>,
  budget: Budget,
): RowsRead {
  const { table } = range;
  const digester = new RowDigester(table);
  const identity = table.identity.map((i) => ({ i, form: canonicalForm(table.columns[i] as ColumnPlan) }));
  const keys: (string | null)[][] = [];
  const digests: string[] = [];
  let stoppedAt: RowsRead['stoppedAt'];
  for (const row of found) {
    keys.push(identity.map(({ i, form }) => form(row[i] as ReadValue)));
    digests.push(Buffer.from(digester.digest(row), 'latin1').toString('hex'));
    for (const value of row) budget.take(sizeOf(value));
    if (!budget.row()) {
      stoppedAt = placeOf(db, range, row.slice(table.columns.length) as SqliteValue[], keys.length);
      break;
    }
  }
  return { ...NOTHING, rows: keys.length, keys, digests, ...(stoppedAt !== undefined && { stoppedAt }) };
}

function readKeys(db: Database, { table, changes }: RowRange): RowsRead {
  if (changes === undefined) throw new ProgrammingError('keys come from the change log only');
  const forms = keyForms(table);
  const holds = keyCheck(table);
  const keys = readLoggedKeys(db, table, changes)
    .filter(holds)
    .map((key) => key.map((value, i) => forms[i]?.(value) ?? null));
  return { ...NOTHING, rows: keys.length, keys };
}

/** Keys as they are stored; those that are no UTF-8, which the target cannot hold, are left out. */
function readLoggedKeys(db: Database, table: TablePlan, changes: Changes): SqliteValue[][] {
  const logged = changedKeys(table, changes);
  const keys = db.prepare(logged).raw().all() as SqliteValue[][];
  // The driver decodes leniently: only where it may have is it worth while to look at the bytes.
  if (!keys.some((key) => key.some(hasReplacement))) return keys;
  const columns = table.key.map((_, i) => keyColumn(i));
  const bytes = columns.map((column) => `iif(typeof(${column}) = 'text', CAST(${column} AS BLOB), NULL)`);
  const rows = db
    .prepare(`SELECT ${[...columns, ...bytes].join(', ')} FROM (${logged})`)
    .raw()
    .all();
  return (rows as SqliteValue[][])
    .filter((row) => row.slice(columns.length).every((text) => !(text instanceof Uint8Array) || isUtf8(text)))
    .map((row) => row.slice(0, columns.length));
}

/**
 * Whether the target can hold a key. If not, no row of it has the key: there is nothing to remove. (A row of the file
 * that has such a key is refused when it is encoded.)
 */
function keyCheck(table: TablePlan): (key: readonly SqliteValue[]) => boolean {
  const encoders = table.identity.map((i) => encoderOf(table.columns[i] as ColumnPlan));
  const out = new CopyWriter(KEY_BYTES);
  return (key) =>
    key.every((value, i) => {
      out.position = 0;
      return value === null || encoders[i]?.(value, out) === undefined;
    });
}

function hasReplacement(value: SqliteValue): boolean {
  return typeof value === 'string' && value.includes('\uFFFD');
}

/** The printed forms of the source key's values, in the order of the table's identity. */
function keyForms(table: TablePlan): ((stored: SqliteValue) => string | null)[] {
  return table.identity.map((i) => canonicalForm(table.columns[i] as ColumnPlan));
}
