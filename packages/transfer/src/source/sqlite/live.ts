import { Readable } from 'node:stream';
import { COPY_HEADER, COPY_TRAILER } from '../../column-types/encode/copy-writer.ts';
import { refused } from '../../errors.ts';
import type { Alteration, RefusedValue } from '../../plan/rows.ts';
import type {
  Batch,
  CheckResult,
  DoneRange,
  LiveView,
  LogPlace,
  OnRows,
  PlannedTable,
  ReadBudget,
  ReadResult,
  ReadResults,
  ReadTask,
  RowRange,
  RowsRead,
  SourceReader,
  Wanted,
} from '../source.ts';
import { EVERYWHERE, steps } from '../steps.ts';
import { Gaps } from './gaps.ts';
import { cutPieces } from './ranges.ts';
import type { LiveTask, ReadCost, ThreadResults } from './readers/protocol.ts';
import type { ReaderThread } from './readers/thread.ts';
import type { ReaderThreads } from './readers/threads.ts';
import { View } from './view.ts';

/**
 * What one read transaction may cost the writers: in a rollback journal's mode they wait for its end. Who writes every
 * ten milliseconds shall not be late by it; and a thread can lose the processor meanwhile.
 */
const SHORT: ReadBudget = { ms: 4, bytes: 4 << 20 };
/** With a write-ahead log nobody waits for a reader; only the log cannot start over meanwhile. */
const BESIDE_LOG: ReadBudget = { ms: 250, bytes: 4 << 20 };

/** Bytes of COPY data that are loaded in one transaction. */
const LOAD_BYTES = 1 << 20;

/**
 * A file that others write to: none of its readers holds a state of it. Rows are read in short transactions, each of
 * which sees a state that has come from the one before.
 */
export class LiveFile extends View<LiveReader> implements LiveView {
  readonly standsStill = false;
  readonly #reads: Reads;

  constructor(file: string, size: number, from: ReaderThreads) {
    const reads = new Reads();
    super(from.take(file, size), (thread) => new LiveReader(thread, reads));
    this.#reads = reads;
  }

  get seen(): LogPlace | undefined {
    return this.#reads.seen;
  }

  /** Says whether others may be writing: reads are in their way only for as long as they leave them alone. */
  set othersWrite(yes: boolean) {
    this.#reads.gaps.isAlone = !yes;
  }

  follow(place: LogPlace): void {
    this.#reads.seen = place;
  }

  cut(tables: readonly PlannedTable[], done: readonly DoneRange[] = [], widest?: bigint): RowRange[] {
    return cutPieces(tables, done, widest);
  }
}

/** What the readers of a file share. */
class Reads {
  /** Each state that is read must have come from the one before. */
  seen: LogPlace | undefined;
  readonly gaps = new Gaps();
  /** Whether the last read kept nobody from writing. */
  isInNobodysWay = false;
  #last: Promise<unknown> = Promise.resolve();

  /** Reads beside each other may end in another order than that of the states that they read. */
  see(place: LogPlace): void {
    if (this.seen === undefined || place.seq >= this.seen.seq) this.seen = place;
  }

  /**
   * One read transaction at a time, where it keeps others from writing. The threads of a process share SQLite's lock on a file, and a thread that
   * joins one which another holds does not look whether somebody waits for its end: two readers in relays would
   * keep a writer out for as long as they find work.
   */
  inTurn<Result>(work: (letGo: () => void) => Promise<Result>): Promise<Result> {
    if (this.isInNobodysWay) return work(() => undefined);
    const before = this.#last;
    return new Promise((done, failed) => {
      this.#last = new Promise((letGo) => {
        const mine = before.then(() => work(() => letGo(undefined)));
        mine.then(done, failed);
        // One that failed has let the file go, too.
        mine.then(letGo, letGo);
      });
    });
  }
}

class LiveReader implements SourceReader {
  readonly #thread: ReaderThread;
  readonly #reads: Reads;
  /** Of the file, as this reader's connection saw it last. */
  #version: number | undefined;

  constructor(thread: ReaderThread, reads: Reads) {
    this.#thread = thread;
    this.#reads = reads;
  }

  run<Task extends ReadTask>(task: Task): Promise<ReadResults[Task['kind']]> {
    return this.#thread.run(task) as Promise<ReadResults[Task['kind']]>;
  }

  /** @throws TransferError `source-changed` when the state has not come from the one that was read before */
  async read(ranges: readonly RowRange[], want: Wanted, given?: ReadBudget): Promise<ReadResult> {
    const budgets = given ? { budget: given } : { budget: SHORT, budgetBesideLog: BESIDE_LOG };
    const task = { kind: 'live', ranges, want, ...budgets } as const;
    const read = await this.#readInTurn(task);
    return read.isToBeReadAgain ? this.#readInTurn({ ...task, mayCopy: false }) : read;
  }

  #readInTurn(task: LiveTask): Promise<ThreadResults['live']> {
    return this.#reads.inTurn(async (letGo) => {
      await this.#reads.gaps.wait();
      const onFree = (cost: ReadCost) => {
        this.#note(cost);
        letGo();
      };
      return this.#thread.run({ ...task, since: this.#reads.seen }, { onFree });
    });
  }

  #note({ logEnd, heldMs, version }: ReadCost): void {
    this.#reads.see(logEnd);
    this.#reads.isInNobodysWay = heldMs === 0;
    this.#reads.gaps.read(heldMs, version !== (this.#version ?? version));
    this.#version = version;
  }

  async check(range: RowRange, _: boolean, onRows: OnRows): Promise<CheckResult> {
    const refusals: RefusedValue[] = [];
    let rows = 0;
    let alterations = 0;
    for await (const { read } of steps(this, range, 'check')) {
      refusals.push(...read.refusals);
      rows += read.rows;
      alterations += read.alterations.length;
      onRows(read.rows, 0);
    }
    return { rows, refusedValues: refusals.length, refusals, alterations, census: {} };
  }

  async *encode(range: RowRange, onRows: OnRows): AsyncGenerator<Batch> {
    const { highest: last } = range.bounds ?? EVERYWHERE;
    let load: Load | undefined;
    for await (const { read, bounds, behind } of steps(this, range, 'encode')) {
      load ??= new Load(bounds.lowest, behind);
      if (read.refusals.length > 0) throw refused(read.refusals);
      load.add(read, bounds.highest);
      if (load.bytes < LOAD_BYTES && bounds.highest !== last) continue;
      yield load.batch();
      onRows(load.rows, load.bytes);
      load = undefined;
    }
  }
}

/** Rows of several short reads, which go to the server together. */
class Load {
  rows = 0;
  bytes = 0;
  readonly #data: Uint8Array[] = [];
  readonly #alterations: Alteration[] = [];
  readonly #lowest: bigint;
  readonly #behind: Batch['behind'];
  #highest: bigint;

  constructor(lowest: bigint, behind: Batch['behind']) {
    this.#lowest = lowest;
    this.#behind = behind;
    this.#highest = lowest - 1n;
  }

  add({ rows, data, alterations }: RowsRead, highest: bigint): void {
    this.rows += rows;
    this.#highest = highest;
    this.#alterations.push(...alterations);
    for (const chunk of data) {
      this.bytes += chunk.length;
      this.#data.push(chunk);
    }
  }

  batch(): Batch {
    const { rows, bytes } = this;
    return {
      bounds: { lowest: this.#lowest, highest: this.#highest },
      behind: this.#behind,
      chunks: rows === 0 ? undefined : Readable.from([COPY_HEADER, ...this.#data, COPY_TRAILER]),
      result: Promise.resolve({ rows, bytes, alterations: this.#alterations }),
    };
  }
}
