import { DatabaseFencedError } from '@vatevo/db';
import { pause } from './pause.ts';

/** Milliseconds for which they are gathered, and how many of them at the most. */
const GATHER_MS = 50;
const MAX_TOGETHER = 500;
/** Milliseconds between two tries while the database takes no writes. */
const FENCED_PAUSE_MS = 200;

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What is written of deliveries, many of them in one statement. */
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
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#waiting.length >= MAX_TOGETHER) this.#flush();
      else this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
    });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const together = this.#waiting;
    this.#waiting = [];
    this.#writeUnfenced(together.map(({ item }) => item)).then(
      () => {
        for (const { resolve } of together) resolve();
      },
      (error: unknown) => {
        for (const { reject } of together) reject(error);
      },
    );
  }

  /** Repeats what a fence refuses. The lease bounds how long that helps. */
  async #writeUnfenced(items: readonly Item[]): Promise<void> {
    const deadline = performance.now() + this.#leaseMs;
    for (;;) {
      try {
        return await this.#writeAll(items);
      } catch (error) {
        const again = error instanceof DatabaseFencedError && performance.now() < deadline;
        if (!again || this.#signal.aborted) throw error;
        await pause(FENCED_PAUSE_MS, this.#signal);
      }
    }
  }
}
