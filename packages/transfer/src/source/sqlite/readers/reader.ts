import { parentPort, workerData } from 'node:worker_threads';
import type { Database } from 'better-sqlite3';
import { CopyWriter } from '../../../column-types/encode/copy-writer.ts';
import type { PageWork } from '../../../column-types/encode/page-encoder.ts';
import { storageClass } from '../../../column-types/encode/storage-class.ts';
import type { SqliteValue, StorageCensus } from '../../../column-types/types.ts';
import { ProgrammingError } from '../../../errors.ts';
import type { EncodeResult, RowRange } from '../../source.ts';
import { beginRead } from '../busy.ts';
import { registerEqualForm } from '../equal-form.ts';
import { openSource } from '../open.ts';
import { digestRange, rowDigests, rowValues } from '../proof/source-digest.ts';
import { badRows, nameOnce } from './bad-rows.ts';
import { describeRows, findDependents } from './dependents.ts';
import { exclude, storedRows } from './excluded.ts';
import { readLive } from './live.ts';
import { probe } from './probe.ts';
import {
  type FromReader,
  type KeptCheckResult,
  MAX_BYTES_IN_FLIGHT,
  MAX_REFUSALS_A_RANGE,
  type ReaderFailure,
  type ReaderStart,
  type SpoolPlace,
  type ThreadResults,
  type ThreadTask,
} from './protocol.ts';
import { checkIntegrity, checkRelation, measureExtent } from './queries.ts';
import { QuickEncoder } from './quick-encoder.ts';
import { RowEncoder } from './row-encoder.ts';
import { SpoolWriter } from './spool-writer.ts';
import { LARGE_ROW, Turn } from './turn.ts';

/** Large enough that messages cost nothing, small enough to stay in the processor's cache. */
const CHUNK_BYTES = 512 * 1024;
const ROWS_BETWEEN_REPORTS = 4_096;

const port = parentPort;
if (port === null) throw new ProgrammingError('the reader runs as a worker thread only');
const { file, inFlight, turn } = workerData as ReaderStart;
const largeRow = new Turn(turn);
const unsent = new Int32Array(inFlight);
const send = (message: FromReader, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

let db: Database | undefined;

/** The first message opens the file and its read transaction; every other one is a task. */
port.on('message', (message: 'open' | 'close' | ThreadTask) => {
  try {
    if (message === 'close') {
      db?.close();
      port.close();
    } else if (message === 'open') {
      if (db?.inTransaction) db.exec('ROLLBACK');
      db ??= openReader();
      beginRead(db);
      send({ type: 'open' });
    } else {
      db ??= openReader();
      send({ type: 'done', result: runInTransaction(db, message) });
    }
  } catch (error) {
    largeRow.release();
    send({ type: 'failed', error: describeFailure(error) });
  }
});

function openReader(): Database {
  const opened = openSource(file);
  registerEqualForm(opened);
  return opened;
}

/** A file that others write to is not held between tasks: each reads one state of it. */
function runInTransaction(source: Database, task: ThreadTask): ThreadResults[keyof ThreadResults] {
  if (source.inTransaction) return run(source, task);
  beginRead(source);
  try {
    return run(source, task);
  } finally {
    source.exec('COMMIT');
  }
}

function run(source: Database, task: ThreadTask): ThreadResults[keyof ThreadResults] {
  switch (task.kind) {
    case 'integrity':
      return checkIntegrity(source);
    case 'extent':
      return measureExtent(source, task.table, task.roughly);
    case 'relation':
      return checkRelation(source, task.rule);
    case 'check':
      return check(source, task.range, task.keep);
    case 'encode':
      return encode(source, task.range);
    case 'digest':
      return digestRange(source, task.range, largeRow);
    case 'row-digests':
      return rowDigests(source, task.range);
    case 'row-values':
      return rowValues(source, task.range, task.identities);
    case 'bad-rows':
      return badRows(source, task.range);
    case 'dependents':
      return findDependents(source, task);
    case 'describe':
      return describeRows(source, task);
    case 'probe':
      return probe(source, task.range);
    case 'live':
      return readLive(source, task);
    case 'exclude':
      return exclude(source, task.tables);
    case 'stored-rows':
      return storedRows(source, task.table, task.from);
  }
}

/** One for each table and purpose, kept while the reader lives: what it opens stays open. */
const quickEncoders = new Map<string, QuickEncoder | undefined>();

function quickEncoder(source: Database, { table }: RowRange, work: PageWork): QuickEncoder | undefined {
  const key = `${table.target.name}\0${work.checks}\0${work.writes}`;
  if (!quickEncoders.has(key)) quickEncoders.set(key, QuickEncoder.open(source, table, work));
  return quickEncoders.get(key);
}

function check(source: Database, range: RowRange, place: SpoolPlace | undefined): KeptCheckResult {
  const spool = place && new SpoolWriter(place);
  const encoder = new RowEncoder(source, range.table, false);
  const out = new CopyWriter(spool && CHUNK_BYTES * 2);
  const { columns, firstValue } = encoder;
  const census = columns.map((): StorageCensus => ({ null: 0, integer: 0, real: 0, text: 0, blob: 0 }));
  let rows = 0;
  let refusedValues = 0;
  let alterations = 0;
  let reported = 0;
  let bytes = 0;
  const report = () => {
    send({ type: 'progress', rows: rows - reported, bytes });
    reported = rows;
    bytes = 0;
  };
  const counted = (size: number) => {
    if (!spool?.isOpen) out.rewind();
    else if (out.position >= CHUNK_BYTES) spool.take(out);
    bytes += size;
    if (++rows - reported >= ROWS_BETWEEN_REPORTS) report();
  };
  const checkRow = (row: SqliteValue[]) => {
    for (let i = 0; i < columns.length; i++) {
      (census[i] as StorageCensus)[storageClass(row[firstValue + i] ?? null)]++;
    }
    const kept = encoder.refusals.length;
    const start = out.position;
    // A range that lacks a row is none to load.
    if (!encoder.encode(row, out)) spool?.giveUp();
    nameOnce(encoder.refusals, kept);
    refusedValues += encoder.refusals.length - kept;
    if (encoder.refusals.length > MAX_REFUSALS_A_RANGE) encoder.refusals.length = MAX_REFUSALS_A_RANGE;
    if (!spool?.isOpen) {
      alterations += encoder.alterations.length;
      encoder.alterations.length = 0;
    }
    counted(out.position - start);
  };
  const quick = quickEncoder(source, range, { checks: true, writes: spool !== undefined });
  if (quick?.seek(range)) {
    while (quick.next()) {
      if (quick.size > LARGE_ROW) largeRow.take();
      if (quick.encode(out)) {
        quick.count(census);
        counted(quick.size);
      } else checkRow(encoder.row(quick.rowid));
      largeRow.release();
    }
  } else {
    for (const row of encoder.select(range)) checkRow(row);
  }
  spool?.take(out);
  report();
  return {
    rows,
    refusedValues,
    refusals: encoder.refusals,
    alterations: alterations + encoder.alterations.length,
    ...(spool?.isFull && { spoolIsFull: true }),
    ...(spool?.isOpen && { kept: { rows, bytes: spool.bytes, alterations: encoder.alterations } }),
    census: Object.fromEntries(columns.map((column, i) => [column.target, census[i] as StorageCensus])),
  };
}

function encode(source: Database, range: RowRange): EncodeResult {
  const encoder = new RowEncoder(source, range.table, true);
  const out = new CopyWriter(CHUNK_BYTES * 2);
  let rows = 0;
  let bytes = 0;
  let reported = 0;
  const flush = () => {
    const chunk = out.take();
    bytes += chunk.length;
    handOver(chunk, rows - reported);
    reported = rows;
  };
  const encoded = () => {
    rows++;
    if (out.position >= CHUNK_BYTES) flush();
  };
  const encodeRow = (row: SqliteValue[]) => {
    if (!encoder.encode(row, out)) {
      const [refusal] = encoder.refusals;
      throw new ProgrammingError(
        `a value passed the inspection and was refused in the copy: ${JSON.stringify(refusal)}`,
      );
    }
    encoded();
  };
  const quick = quickEncoder(source, range, { checks: false, writes: true });
  if (quick?.seek(range)) {
    while (quick.next()) {
      if (quick.size > LARGE_ROW) largeRow.take();
      if (quick.encode(out)) encoded();
      else encodeRow(encoder.row(quick.rowid));
      largeRow.release();
    }
  } else {
    for (const row of encoder.select(range)) encodeRow(row);
  }
  flush();
  return { rows, bytes, alterations: encoder.alterations };
}

/** Gives a chunk away without a copy, when few enough bytes are on their way; one may always go. */
function handOver(chunk: Uint8Array<ArrayBuffer>, rows: number): void {
  waitUntilTaken(Math.max(0, MAX_BYTES_IN_FLIGHT - chunk.length));
  const { length } = chunk;
  Atomics.add(unsent, 0, length);
  send({ type: 'progress', rows, bytes: length, chunk }, [chunk.buffer]);
  if (length > LARGE_ROW) waitUntilTaken(0);
}

/** Waits until no more than so many bytes are on their way. */
function waitUntilTaken(most: number): void {
  for (;;) {
    const waiting = Atomics.load(unsent, 0);
    if (waiting <= most) return;
    Atomics.wait(unsent, 0, waiting);
  }
}

function describeFailure(error: unknown): ReaderFailure {
  const { message, kind, code } = error as Partial<ReaderFailure>;
  return { message: message ?? String(error), ...(kind && { kind }), ...(code && { code }) };
}
