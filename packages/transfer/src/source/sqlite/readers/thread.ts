import { Worker } from 'node:worker_threads';
import { ProgrammingError, TransferError } from '../../../errors.ts';
import { unusable } from '../open.ts';
import type { FromReader, ReaderFailure, ReaderStart, ThreadResults, ThreadTask } from './protocol.ts';
import { collectGarbage, LARGE_ROW } from './turn.ts';

export interface ReadHandlers {
  /** Rows (and bytes of COPY data) that have been read since the last call. */
  readonly onProgress?: (rows: number, bytes: number) => void;
  /** Takes a chunk of COPY data; the reader goes on when the promise settles. */
  readonly onChunk?: (chunk: Uint8Array) => Promise<void>;
}

/** @param size how many threads, of which one at a time may hold a large row */
export function startReaders(file: string, size: number): ReaderThread[] {
  const turn = new SharedArrayBuffer(4);
  return Array.from({ length: size }, () => new ReaderThread(file, turn));
}

/** A worker thread that reads a file, one task after the other. */
export class ReaderThread {
  readonly #file: string;
  readonly #worker: Worker;
  readonly #inFlight = new SharedArrayBuffer(4);
  #settle: { done: (result: unknown) => void; failed: (error: unknown) => void } | undefined;
  #handlers: ReadHandlers = {};
  #ended: Error | undefined;
  /** Until the thread answers: its answers do not say what they are to. */
  #isAtWork = false;

  constructor(file: string, turn: SharedArrayBuffer) {
    this.#file = file;
    const start: ReaderStart = { file, inFlight: this.#inFlight, turn };
    this.#worker = new Worker(new URL('./reader-thread.cjs', import.meta.url), { workerData: start });
    this.#worker.on('message', (message: FromReader) => this.#receive(message));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', (code) => this.#end(new Error(`a reader thread ended with code ${code}`)));
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

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(message: 'open' | ThreadTask, handlers: ReadHandlers): Promise<unknown> {
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
  // Neither an expected end nor an error of SQLite or the system.
  if (code === undefined) return new ProgrammingError(message);
  const error = Object.assign(new Error(message), { code });
  // Damage may show in any task, before the one that looks for it.
  return /^SQLITE_(CORRUPT|NOTADB|IOERR)/.test(code ?? '') ? unusable(file, error) : error;
}
