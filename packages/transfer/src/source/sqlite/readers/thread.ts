import type { Worker } from 'node:worker_threads';
import { ProgrammingError, TransferError } from '../../../errors.ts';
import { unusable } from '../open.ts';
import { isTooBig } from '../size.ts';
import { tooLarge } from '../too-large.ts';
import type {
  FromReader,
  ReadCost,
  ReaderFailure,
  ReaderStart,
  ThreadResults,
  ThreadTask,
} from './protocol.ts';
import { collectGarbage, LARGE_ROW } from './turn.ts';

export interface ReadHandlers {
  /** Rows (and bytes of COPY data) that have been read since the last call. */
  readonly onProgress?: (rows: number, bytes: number) => void;
  /** Takes a chunk of COPY data; the reader goes on when the promise settles. */
  readonly onChunk?: (chunk: Uint8Array) => Promise<void>;
  /** A file that others write to is let go. */
  readonly onFree?: (cost: ReadCost) => void;
}

/** A file that a worker thread reads, one task after the other, until the thread is stopped. */
export class ReaderThread {
  readonly #file: string;
  readonly #worker: Worker;
  readonly #keep: (worker: Worker) => Promise<void>;
  readonly #inFlight = new SharedArrayBuffer(4);
  #settle: { done: (result: unknown) => void; failed: (error: unknown) => void } | undefined;
  #handlers: ReadHandlers = {};
  #ended: Error | undefined;
  #stopped: Promise<void> | undefined;
  /** Until the thread answers: its answers do not say what they are to. */
  #isAtWork = false;
  /** What a thread that failed still holds, nobody knows. */
  #hasFailed = false;
  readonly #listeners = {
    message: (message: FromReader) => this.#receive(message),
    error: (error: Error) => this.#end(error),
    exit: (code: number) => this.#end(new Error(`a reader thread ended with code ${code}`)),
  };

  /**
   * @param worker waits for a file
   * @param turn which of the readers of a file may hold a large row
   * @param keep takes the worker when it has let the file go
   */
  constructor(
    worker: Worker,
    file: string,
    turn: SharedArrayBuffer,
    keep: (worker: Worker) => Promise<void>,
  ) {
    this.#file = file;
    this.#worker = worker;
    this.#keep = keep;
    for (const [event, listener] of Object.entries(this.#listeners)) worker.on(event, listener);
    worker.postMessage({ kind: 'begin', file, inFlight: this.#inFlight, turn } satisfies ReaderStart);
  }

  async open(): Promise<void> {
    await this.#post('open', {});
  }

  async run<Task extends ThreadTask>(
    task: Task,
    handlers: ReadHandlers = {},
  ): Promise<ThreadResults[Task['kind']]> {
    return (await this.#post(task, handlers)) as ThreadResults[Task['kind']];
  }

  /** Lets the file go. A thread that is at work, or failed at something, ends with it. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const released = this.#isAtWork || this.#hasFailed ? undefined : this.#post('release', {});
    const isReleased = await released?.then(
      () => true,
      () => false,
    );
    this.#ended ??= new Error('the reader was stopped');
    if (!isReleased) {
      // Whoever waits for an answer hears of the end.
      await this.#worker.terminate();
      return;
    }
    for (const [event, listener] of Object.entries(this.#listeners)) this.#worker.off(event, listener);
    await this.#keep(this.#worker);
  }

  #post(message: 'open' | 'release' | ThreadTask, handlers: ReadHandlers): Promise<unknown> {
    return new Promise((done, failed) => {
      if (this.#ended) {
        failed(this.#ended);
        return;
      }
      if (this.#isAtWork) {
        failed(new ProgrammingError('a reader was given a second task while it was at work'));
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
      case 'free':
        this.#handlers.onFree?.(message.cost);
        return;
      case 'open':
      case 'released':
        this.#isAtWork = false;
        this.#settle?.done(undefined);
        return;
      case 'done':
        this.#isAtWork = false;
        this.#settle?.done(message.result);
        return;
      case 'failed':
        this.#isAtWork = false;
        this.#hasFailed = true;
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
  // Neither an expected end nor an error of SQLite or the system.
  if (code === undefined) return new ProgrammingError(message);
  const error = Object.assign(new Error(message), { code });
  if (isTooBig(error)) return tooLarge(file, error);
  // Damage may show in any task, before the one that looks for it; and any may have waited in vain.
  return /^SQLITE_(CORRUPT|NOTADB|IOERR|BUSY|READONLY_ROLLBACK)/.test(code) ? unusable(file, error) : error;
}
