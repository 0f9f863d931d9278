import type { Database } from 'better-sqlite3';
import { CopyWriter } from '../../../column-types/encode/copy-writer.ts';
import type { PageWork } from '../../../column-types/encode/page-encoder.ts';
import type { SqliteValue } from '../../../column-types/types.ts';
import { ProgrammingError } from '../../../errors.ts';
import type { EncodeResult, RowRange } from '../../source.ts';
import { beginRead } from '../busy.ts';
import { registerEqualForm } from '../equal-form.ts';
import { openSource } from '../open.ts';
import { digestRange, rowDigests, rowValues } from '../proof/source-digest.ts';
import { badRows } from './bad-rows.ts';
import { describeRows, findDependents } from './dependents.ts';
import { exclude, storedRows } from './excluded.ts';
import { readLive } from './live.ts';
import { LivePages } from './live-pages.ts';
import { probe } from './probe.ts';
import {
  type KeptCheckResult,
  type LiveTask,
  MAX_BYTES_IN_FLIGHT,
  type ReaderStart,
  type Send,
  type SpoolPlace,
  type ThreadResults,
  type ThreadTask,
} from './protocol.ts';
import { checkIntegrity, checkRelation, measureExtent } from './queries.ts';
import { QuickEncoder } from './quick-encoder.ts';
import { CHUNK_BYTES, RangeCheck } from './range-check.ts';
import { RowEncoder } from './row-encoder.ts';
import { LARGE_ROW, Turn } from './turn.ts';

/** How long those are waited for who write to a file that does not stand still, in milliseconds. */
const LIVE_WAIT = 60_000;
/** Pages of the file that SQLite keeps: where a value comes through a foreign key, the same ones are wanted again and again. */
const CACHE_KIB = 16 * 1024;

/** All that a thread knows of the file that it reads. */
export class FileReader {
  readonly #file: string;
  readonly #largeRow: Turn;
  readonly #unsent: Int32Array;
  readonly #send: Send;
  #db: Database | undefined;
  #livePages: LivePages | undefined;
  /** One for each table and purpose. */
  readonly #quickEncoders = new Map<string, QuickEncoder | undefined>();

  constructor({ file, inFlight, turn }: ReaderStart, send: Send) {
    this.#file = file;
    this.#largeRow = new Turn(turn);
    this.#unsent = new Int32Array(inFlight);
    this.#send = send;
  }

  /** Begins a read transaction of a file that stands still, in place of the one before. */
  open(): void {
    if (this.#db?.inTransaction) this.#db.exec('ROLLBACK');
    beginRead(this.#openFile());
  }

  /** A file that others write to is not held between tasks: each reads one state of it. */
  run(task: ThreadTask): ThreadResults[keyof ThreadResults] {
    const db = this.#openFile(LIVE_WAIT);
    if (task.kind === 'live') return this.#runLive(db, task);
    if (db.inTransaction) return this.#run(db, task);
    beginRead(db, LIVE_WAIT);
    return this.#letGo(db, () => this.#run(db, task));
  }

  #runLive(db: Database, task: LiveTask): ThreadResults['live'] {
    const pages = this.#live();
    if (db.inTransaction) {
      pages.join();
      return readLive(db, pages, task).result();
    }
    pages.begin(db, LIVE_WAIT);
    const { cost, copied, result } = this.#letGo(db, () => readLive(db, pages, task));
    this.#send({ type: 'free', cost });
    try {
      return result();
    } catch (error) {
      if (!copied) throw error;
      // What is in the way of the copy (no room for it, a page that was not known to be needed) is none in the file.
      return { ranges: [], logEnd: cost.logEnd, isToBeReadAgain: true };
    }
  }

  /** Works, and ends the transaction. */
  #letGo<Result>(db: Database, work: () => Result): Result {
    try {
      return work();
    } finally {
      this.giveWay();
      this.#livePages?.end();
      db.exec('COMMIT');
    }
  }

  /** A large row that is not gone on with is in nobody's way. */
  giveWay(): void {
    this.#largeRow.release();
  }

  close(): void {
    this.#livePages?.close();
    this.#db?.close();
  }

  #openFile(waitMs?: number): Database {
    if (this.#db === undefined) {
      const opened = openSource(this.#file, { waitMs });
      opened.pragma(`cache_size = -${CACHE_KIB}`);
      registerEqualForm(opened);
      this.#db = opened;
    }
    return this.#db;
  }

  #run(
    source: Database,
    task: Exclude<ThreadTask, LiveTask>,
  ): ThreadResults[Exclude<ThreadTask, LiveTask>['kind']] {
    switch (task.kind) {
      case 'integrity':
        return checkIntegrity(source);
      case 'extent':
        return measureExtent(source, task.table, task.roughly);
      case 'relation':
        return checkRelation(source, task.rule);
      case 'check':
        return this.#check(source, task.range, task.keep);
      case 'encode':
        return this.#encode(source, task.range);
      case 'digest':
        return digestRange(source, task.range, this.#largeRow);
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
      case 'exclude':
        return exclude(source, task.tables);
      case 'stored-rows':
        return storedRows(source, task.table, task.from);
    }
  }

  #live(): LivePages {
    this.#livePages ??= new LivePages(this.#file, this.#largeRow);
    return this.#livePages;
  }

  #quickEncoder(source: Database, { table }: RowRange, work: PageWork): QuickEncoder | undefined {
    const key = `${table.target.name}\0${work.checks}\0${work.writes}`;
    if (!this.#quickEncoders.has(key)) {
      this.#quickEncoders.set(key, QuickEncoder.open(source, table, work));
    }
    return this.#quickEncoders.get(key);
  }

  #check(source: Database, range: RowRange, place: SpoolPlace | undefined): KeptCheckResult {
    const check = new RangeCheck(source, range.table, place, this.#send);
    const { maxRead } = range.table.columns.find((column) => column.maxRead !== undefined) ?? {};
    const quick = this.#quickEncoder(source, range, { checks: true, writes: place !== undefined });
    if (!quick?.seek(range)) {
      for (const row of check.encoder.select(range)) check.take(row);
      return check.result();
    }
    while (quick.next()) {
      if (quick.size > LARGE_ROW) this.#largeRow.take();
      const unread = maxRead === undefined ? undefined : quick.columnWithMore(maxRead);
      if (!check.takeQuickly(quick)) {
        if (unread === undefined) check.take(check.encoder.row(quick.rowid));
        else check.refuseUnread(quick, unread);
      }
      this.#largeRow.release();
    }
    return check.result();
  }

  #encode(source: Database, range: RowRange): EncodeResult {
    const encoder = new RowEncoder({ db: source }, range.table, true);
    const out = new CopyWriter(CHUNK_BYTES * 2);
    let rows = 0;
    let bytes = 0;
    let reported = 0;
    const flush = () => {
      const chunk = out.take();
      bytes += chunk.length;
      this.#handOver(chunk, rows - reported);
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
    const quick = this.#quickEncoder(source, range, { checks: false, writes: true });
    if (quick?.seek(range)) {
      while (quick.next()) {
        if (quick.size > LARGE_ROW) this.#largeRow.take();
        if (quick.encode(out)) encoded();
        else encodeRow(encoder.row(quick.rowid));
        this.#largeRow.release();
      }
    } else {
      for (const row of encoder.select(range)) encodeRow(row);
    }
    flush();
    return { rows, bytes, alterations: encoder.alterations };
  }

  /** Gives a chunk away without a copy, when few enough bytes are on their way; one may always go. */
  #handOver(chunk: Uint8Array<ArrayBuffer>, rows: number): void {
    this.#waitUntilTaken(Math.max(0, MAX_BYTES_IN_FLIGHT - chunk.length));
    const { length } = chunk;
    Atomics.add(this.#unsent, 0, length);
    this.#send({ type: 'progress', rows, bytes: length, chunk }, [chunk.buffer]);
    if (length > LARGE_ROW) this.#waitUntilTaken(0);
  }

  /** Waits until no more than so many bytes are on their way. */
  #waitUntilTaken(most: number): void {
    for (;;) {
      const waiting = Atomics.load(this.#unsent, 0);
      if (waiting <= most) return;
      Atomics.wait(this.#unsent, 0, waiting);
    }
  }
}
