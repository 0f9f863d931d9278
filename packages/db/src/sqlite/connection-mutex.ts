import { setTimeout as sleep } from 'node:timers/promises';
import { PoolTimeoutError } from '../errors.ts';

const IDLE_POLL_MS = 5;

interface Waiter {
  readonly admit: () => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Lets one caller at a time through to the single SQLite connection, in the
 * order of asking: to SQLite what the pool is to PostgreSQL, with the same
 * time-out and the same error.
 *
 * Without it, a statement of one request could run between BEGIN and ROLLBACK
 * of another's transaction and be rolled back with it.
 */
export class ConnectionMutex {
  readonly #timeoutSeconds: number;
  readonly #waiters: Waiter[] = [];
  #takenAt: number | undefined;

  constructor(timeoutSeconds: number) {
    this.#timeoutSeconds = timeoutSeconds;
  }

  get inUse(): number {
    return this.#takenAt === undefined ? 0 : 1;
  }

  /** Milliseconds for which the same caller has had the turn; 0 when nobody has it. */
  get takenMs(): number {
    return this.#takenAt === undefined ? 0 : performance.now() - this.#takenAt;
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  /**
   * Waits for the turn. The function it resolves to gives the turn back;
   * calling it again does nothing.
   *
   * @throws {PoolTimeoutError} when the turn does not come in time
   */
  async enter(): Promise<() => void> {
    if (this.#takenAt !== undefined) await this.#wait();
    this.#takenAt = performance.now();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#leave();
    };
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        admit: () => {
          clearTimeout(waiter.timer);
          resolve();
        },
        timer: setTimeout(() => {
          this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
          reject(
            new PoolTimeoutError({
              size: 1,
              timeoutSeconds: this.#timeoutSeconds,
              waiting: this.#waiters.length,
            }),
          );
        }, this.#timeoutSeconds * 1000),
      };
      this.#waiters.push(waiter);
    });
  }

  /** Resolves when nobody has the turn, or after `timeoutMs`. */
  async idle(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (this.#takenAt !== undefined && performance.now() < deadline) await sleep(IDLE_POLL_MS);
  }

  /** Passes the turn on: it stays taken in between, so that nobody slips past those who wait. */
  #leave(): void {
    const next = this.#waiters.shift();
    if (next === undefined) this.#takenAt = undefined;
    else next.admit();
  }
}
