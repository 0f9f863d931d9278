import { setTimeout as sleep } from 'node:timers/promises';

/** One budget of time that everything which waits in a command shares. */
export class Deadline {
  /** The whole budget, in milliseconds. */
  readonly budgetMs: number;
  readonly #at: number;

  constructor(budgetMs: number) {
    this.budgetMs = budgetMs;
    this.#at = performance.now() + budgetMs;
  }

  /** Milliseconds left, never below 0. */
  get remainingMs(): number {
    return Math.max(0, this.#at - performance.now());
  }

  get passed(): boolean {
    return this.remainingMs === 0;
  }

  /** Sleeps, but not beyond the deadline. Rejects when the signal aborts. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    await sleep(Math.min(ms, this.remainingMs), undefined, { signal });
  }
}

/** Waits for the promise, unless the signal aborts first; then its reason is thrown. */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    // The loser of the race may still fail, and nobody is listening any more.
    promise.catch(() => {});
  }
}
