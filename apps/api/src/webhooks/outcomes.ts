import { DatabaseFencedError, type Outbox, type Outcome } from '@vatevo/db';
import { pause } from './pause.ts';

/** Milliseconds for which outcomes are gathered, and how many of them at the most. */
const GATHER_MS = 50;
const MAX_TOGETHER = 500;
/** Milliseconds between two tries while the database takes no writes. */
const FENCED_PAUSE_MS = 200;

interface Waiting {
  readonly outcome: Outcome;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Writes down what became of deliveries, many in one statement. */
export class Outcomes {
  readonly #outbox: () => Outbox;
  readonly #leaseMs: number;
  readonly #signal: AbortSignal;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param outbox asked each time: another database may be the primary by then, which knows the event, too */
  constructor(outbox: () => Outbox, leaseMs: number, signal: AbortSignal) {
    this.#outbox = outbox;
    this.#leaseMs = leaseMs;
    this.#signal = signal;
  }

  /** Resolves when it is written down. */
  settle(outcome: Outcome): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ outcome, resolve, reject });
      if (this.#waiting.length >= MAX_TOGETHER) this.#flush();
      else this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
    });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const together = this.#waiting;
    this.#waiting = [];
    this.#write(together.map(({ outcome }) => outcome)).then(
      () => {
        for (const { resolve } of together) resolve();
      },
      (error: unknown) => {
        for (const { reject } of together) reject(error);
      },
    );
  }

  /** Repeats what a fence refuses. The lease bounds how long that helps. */
  async #write(outcomes: readonly Outcome[]): Promise<void> {
    const deadline = performance.now() + this.#leaseMs;
    for (;;) {
      try {
        return await this.#outbox().settle(outcomes);
      } catch (error) {
        const again = error instanceof DatabaseFencedError && performance.now() < deadline;
        if (!again || this.#signal.aborted) throw error;
        await pause(FENCED_PAUSE_MS, this.#signal);
      }
    }
  }
}
