import { Worker } from 'node:worker_threads';
import { TransferError } from '../../../errors.ts';
import type { LogPlace } from '../change-log.ts';
import { snapshotMark } from '../fingerprint.ts';
import { unusable } from '../open.ts';
import type { FromReader, ReaderFailure, ReaderStart, ReadResults, ReadTask } from './protocol.ts';
import { collectGarbage, LARGE_ROW } from './turn.ts';

/** Attempts to open every reader between two commits of a busy writer. */
const MOST_ATTEMPTS = 100;

export interface ReadHandlers {
  /** Rows (and bytes of COPY data) that have been read since the last call. */
  readonly onProgress?: (rows: number, bytes: number) => void;
  /** Takes a chunk of COPY data; the reader goes on when the promise settles. */
  readonly onChunk?: (chunk: Uint8Array) => Promise<void>;
}

/**
 * Worker threads that read one and the same snapshot of a SQLite file, each in a read transaction that it
 * holds until the pool is closed.
 */
export class ReaderPool {
  readonly size: number;
  readonly #readers: readonly Reader[];
  readonly #seen: SeenLog;

  private constructor(readers: readonly Reader[], seen: SeenLog = {}) {
    this.#readers = readers;
    this.#seen = seen;
    this.size = readers.length;
  }

  /** The end of the change log in the last state that a `live` task read; undefined before the first one. */
  get seen(): LogPlace | undefined {
    return this.#seen.place;
  }

  /**
   * Opens `size` readers on the same state of the file. Nobody is locked out for it: the readers are opened,
   * and if a commit fell in between they are opened again.
   *
   * @throws TransferError `source-unusable` when the file cannot be read, or never stood still.
   */
  static async open(file: string, size: number): Promise<ReaderPool> {
    const turn = new SharedArrayBuffer(4);
    const readers = Array.from({ length: size }, () => new Reader(file, turn));
    try {
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        // The first one makes SQLite create what its readers share (the wal-index).
        await readers[0]?.open();
        const before = snapshotMark(file);
        for (const reader of readers) await reader.open();
        if (snapshotMark(file) === before) return new ReaderPool(readers);
      }
    } catch (error) {
      await Promise.all(readers.map((reader) => reader.stop()));
      throw unusable(file, error);
    }
    await Promise.all(readers.map((reader) => reader.stop()));
    throw new TransferError(
      'source-unusable',
      `${file} is written to faster than its readers can be opened: stop the writers, or move the live system with a cutover.`,
    );
  }

  /** Readers of a file that others write to: none of them holds a state of it, each `live` task reads its own. */
  static openLive(file: string, size: number): ReaderPool {
    const turn = new SharedArrayBuffer(4);
    const seen: SeenLog = {};
    return new ReaderPool(
      Array.from({ length: size }, () => new Reader(file, turn, seen)),
      seen,
    );
  }

  /** Lets `live` tasks read only states that have come from the one whose log ended there. */
  follow(place: LogPlace): void {
    this.#seen.place = place;
  }

  /** Says whether others may be writing: `live` tasks are in their way only for as long as they leave them alone. */
  set othersWrite(yes: boolean) {
    this.#seen.isAlone = !yes;
  }

  /** Runs tasks on as many readers as there are, in order of the list; the first failure ends it. */
  async runAll<Item>(
    items: readonly Item[],
    work: (item: Item, reader: Reader, slot: number) => Promise<void>,
  ): Promise<void> {
    let next = 0;
    let failed = false;
    await Promise.all(
      this.#readers.map(async (reader, slot) => {
        while (!failed && next < items.length) {
          try {
            await work(items[next++] as Item, reader, slot);
          } catch (error) {
            failed = true;
            throw error;
          }
        }
      }),
    );
  }

  /** Runs one task on every reader, for what each must know. */
  async runEverywhere<Task extends ReadTask>(task: Task): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.run(task)));
  }

  /** Works with one reader, always the same. */
  withReader<Result>(work: (reader: Reader) => Promise<Result>): Promise<Result> {
    return work(this.#readers[0] as Reader);
  }

  /** Runs one task on one reader, always the same. */
  async runOnce<Task extends ReadTask>(task: Task): Promise<ReadResults[Task['kind']]> {
    return (this.#readers[0] as Reader).run(task);
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.stop()));
  }
}

/** What the readers of a live file know of its log: each state that is read must have come from the one before. */
export interface SeenLog {
  place?: LogPlace;
  /** Nobody writes to the file. */
  isAlone?: boolean;
}

export class Reader {
  readonly seen: SeenLog;
  readonly #file: string;
  readonly #worker: Worker;
  readonly #inFlight = new SharedArrayBuffer(4);
  #settle: { done: (result: unknown) => void; failed: (error: unknown) => void } | undefined;
  #handlers: ReadHandlers = {};
  #ended: Error | undefined;
  /** Until the thread answers: its answers do not say what they are to. */
  #isAtWork = false;

  constructor(file: string, turn: SharedArrayBuffer, seen: SeenLog = {}) {
    this.seen = seen;
    this.#file = file;
    const start: ReaderStart = { file, inFlight: this.#inFlight, turn };
    this.#worker = new Worker(new URL('./reader-thread.js', import.meta.url), { workerData: start });
    this.#worker.on('message', (message: FromReader) => this.#receive(message));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', (code) => this.#end(new Error(`a reader thread ended with code ${code}`)));
  }

  async open(): Promise<void> {
    await this.#post('open', {});
  }

  async run<Task extends ReadTask>(
    task: Task,
    handlers: ReadHandlers = {},
  ): Promise<ReadResults[Task['kind']]> {
    return (await this.#post(task, handlers)) as ReadResults[Task['kind']];
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(message: 'open' | ReadTask, handlers: ReadHandlers): Promise<unknown> {
    return new Promise((done, failed) => {
      if (this.#ended) {
        failed(this.#ended);
        return;
      }
      if (this.#isAtWork) {
        failed(new Error('a reader was given a second task while it was at work'));
        return;
      }
      this.#isAtWork = true;
      this.#settle = { done, failed };
      this.#handlers = handlers;
      this.#worker.postMessage(message);
    });
  }

  #receive(message: FromReader): void {
    switch (message.type) {
      case 'progress':
        this.#handlers.onProgress?.(message.rows, message.bytes);
        if (message.chunk) this.#take(message.chunk);
        return;
      case 'open':
        this.#isAtWork = false;
        this.#settle?.done(undefined);
        return;
      case 'done':
        this.#isAtWork = false;
        this.#settle?.done(message.result);
        return;
      case 'failed':
        this.#isAtWork = false;
        this.#settle?.failed(toError(this.#file, message.error));
        return;
    }
  }

  #take(chunk: Uint8Array): void {
    const bytes = chunk.length;
    const taken = () => {
      const counter = new Int32Array(this.#inFlight);
      if (bytes > LARGE_ROW) collectGarbage();
      Atomics.sub(counter, 0, bytes);
      Atomics.notify(counter, 0);
    };
    const handed = this.#handlers.onChunk?.(chunk) ?? Promise.resolve();
    handed.then(taken, (error) => this.#settle?.failed(error));
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#settle?.failed(error);
  }
}

function toError(file: string, { message, kind, code }: ReaderFailure): Error {
  if (kind) return new TransferError(kind, message);
  const error = Object.assign(new Error(message), { code });
  // Damage may show in any task, before the one that looks for it.
  return /^SQLITE_(CORRUPT|NOTADB|IOERR)/.test(code ?? '') ? unusable(file, error) : error;
}
