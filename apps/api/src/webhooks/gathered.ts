import { ConnectionError } from '@vatevo/connection';
import { DatabaseFencedError, whyUnavailable } from '@vatevo/db';
import { pause } from './pause.ts';

/** Milliseconds for which they are gathered, and how many of them at the most. */
const GATHER_MS = 50;
const MAX_TOGETHER = 500;
/** Milliseconds between two tries while the database cannot be reached, or takes no writes. */
const PAUSE_MS = 200;

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** Until when it is tried (`performance.now()`). */
  readonly until: number;
}

/**
 * What is written of deliveries, many of them in one statement; again and again while the database cannot take it, as what
 * is not written leads to a repetition. The lease bounds how long that helps. To be written twice does no harm.
 */
export class Gathered<Item> {
  readonly #writeAll: (items: readonly Item[]) => Promise<void>;
  readonly #leaseMs: number;
  readonly #signal: AbortSignal;
  #waiting: Waiting<Item>[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(writeAll: (items: readonly Item[]) => Promise<void>, leaseMs: number, signal: AbortSignal) {
    this.#writeAll = writeAll;
    this.#leaseMs = leaseMs;
    this.#signal = signal;
  }

  /** Resolves when it is written down. */
  write(item: Item): Promise<void> {
    const until = performance.now() + this.#leaseMs;
    return new Promise((resolve, reject) => this.#add({ item, resolve, reject, until }));
  }

  #add(waiting: Waiting<Item>): void {
    this.#waiting.push(waiting);
    if (this.#waiting.length >= MAX_TOGETHER) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const together = this.#waiting;
    this.#waiting = [];
    this.#writeAll(together.map(({ item }) => item)).then(
      () => {
        for (const { resolve } of together) resolve();
      },
      (error: unknown) => void this.#again(together, error),
    );
  }

  /** With others that have come meanwhile. */
  async #again(together: readonly Waiting<Item>[], error: unknown): Promise<void> {
    const mayPass = isAway(error) && !this.#signal.aborted;
    if (mayPass) await pause(PAUSE_MS, this.#signal);
    for (const waiting of together) {
      if (mayPass && performance.now() < waiting.until) this.#add(waiting);
      else waiting.reject(error);
    }
  }
}

/** Whether the database cannot be reached, or takes nothing, at the moment. */
export function isAway(error: unknown): boolean {
  return (
    error instanceof DatabaseFencedError ||
    error instanceof ConnectionError ||
    whyUnavailable(error) !== undefined
  );
}
