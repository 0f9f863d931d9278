import { Worker } from 'node:worker_threads';
import { ReaderThread } from './thread.ts';

/**
 * Worker threads that read files. One that has let its file go waits for the next: to start one takes the processor some
 * 50 ms, more than a small file takes to be read.
 *
 * Those that wait do not keep the process from ending.
 */
export class ReaderThreads {
  readonly #waiting = new Set<Worker>();
  #isClosed = false;

  /** @param size how many, of which one at a time may hold a large row */
  take(file: string, size: number): ReaderThread[] {
    const turn = new SharedArrayBuffer(4);
    return Array.from({ length: size }, () => new ReaderThread(this.#next(), file, turn, this.#keep));
  }

  /** Ends those that wait; the others end when they let their file go. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#waiting].map((worker) => worker.terminate()));
  }

  #next(): Worker {
    const [waiting] = this.#waiting;
    if (waiting === undefined) return this.#start();
    this.#waiting.delete(waiting);
    waiting.ref();
    return waiting;
  }

  #start(): Worker {
    const worker = new Worker(new URL('./reader-thread.cjs', import.meta.url), {
      // What is held open stays so when a thread ends: see holdOpen.
      trackUnmanagedFds: false,
    });
    // Whoever gave it a task is told of its end; nobody else has to know.
    worker.on('error', () => this.#waiting.delete(worker));
    worker.on('exit', () => this.#waiting.delete(worker));
    return worker;
  }

  readonly #keep = async (worker: Worker): Promise<void> => {
    if (this.#isClosed) {
      await worker.terminate();
      return;
    }
    worker.unref();
    this.#waiting.add(worker);
  };
}
