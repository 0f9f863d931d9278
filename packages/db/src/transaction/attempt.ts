import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { TransactionTimeoutError } from '../errors.ts';
import { type IsolationLevel, MAX_TIMEOUT_MS, type TransactionSettings } from './options.ts';

/**
 * One try of a transaction: what it is to be, and what becomes of it. Prisma begins transactions by itself and hands
 * nothing of ours on; so the adapter takes the attempt from the asynchronous context that began it.
 */
export class Attempt {
  readonly settings: TransactionSettings;
  /** The tenant that the transaction is bound to; undefined for the login's own. */
  readonly tenantId: number | undefined;
  /** The database broke the transaction off for the sake of another one. */
  conflict = false;
  #taken = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #broken: Promise<never>;
  #break: (error: Error) => void = () => undefined;

  constructor(settings: TransactionSettings, tenantId?: number) {
    this.settings = settings;
    this.tenantId = tenantId;
    this.#broken = new Promise((_, reject) => {
      this.#break = reject;
    });
    this.#broken.catch(() => undefined);
  }

  /** A transaction that Prisma begins for itself, or by its own `$transaction`: the clock is Prisma's. */
  static ofPrisma(isolation?: IsolationLevel): Attempt {
    return new Attempt({ timeoutMs: MAX_TIMEOUT_MS, isolation, retries: 0 });
  }

  /** The attempt of the transaction that this context begins; undefined when there is none, or it has begun. */
  static take(): Attempt | undefined {
    const attempt = contexts.current;
    if (attempt === undefined) return undefined;
    return attempt.#take() ? attempt : undefined;
  }

  #take(): boolean {
    if (this.#taken) return false;
    this.#taken = true;
    contexts.left();
    return true;
  }

  /** Runs `begin` so that the transaction it begins is this attempt; rejects at once when it is broken. */
  run<T>(begin: () => Promise<T>): Promise<T> {
    const begun = contexts.run(this, begin);
    const ended = () => this.#take();
    begun.then(ended, ended);
    return this.orBroken(begun);
  }

  /** The result, or the error with which the transaction was broken before, its time being over for instance. */
  orBroken<T>(result: Promise<T>): Promise<T> {
    return Promise.race([result, this.#broken]);
  }

  /** Tells the caller that it is over, whatever the work is still at. */
  break(error: Error): void {
    this.#break(error);
  }

  /** Starts the clock; when it runs out, `end` is called with the error that everybody is to get. */
  startClock(end: (error: TransactionTimeoutError) => void): void {
    const { timeoutMs } = this.settings;
    this.#timer = setTimeout(() => end(new TransactionTimeoutError(timeoutMs)), timeoutMs);
  }

  stopClock(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * Contexts in which attempts wait to be taken. They are switched off while there are none, which is nearly always: as long as
 * they are on, Node (before 24) calls a hook for every promise of the process, which is a tenth of what a request costs.
 */
class AttemptContexts {
  readonly #storage = new AsyncLocalStorage<Attempt>();
  #waiting = 0;

  get current(): Attempt | undefined {
    return this.#storage.getStore();
  }

  run<T>(attempt: Attempt, begin: () => Promise<T>): Promise<T> {
    this.#waiting++;
    return this.#storage.run(attempt, begin);
  }

  left(): void {
    this.#waiting--;
    if (this.#waiting === 0) this.#storage.disable();
  }
}

const contexts = new AttemptContexts();

/** Milliseconds of the longest pause before the first retry; each further one may be twice as long. */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1000;

/**
 * Does `work` until it ends otherwise than by a conflict, or `retries` are used up. The pauses are random, so that
 * transactions that ran into each other do not meet again.
 */
export async function withRetries<T>(
  retries: number,
  work: () => Promise<T>,
  wasConflict: (error: unknown) => boolean,
): Promise<T> {
  for (let retry = 0; ; retry++) {
    try {
      return await work();
    } catch (error) {
      if (!wasConflict(error) || retry === retries) throw error;
    }
    await sleep(Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** retry, LONGEST_PAUSE_MS));
  }
}

/** Makes attempts of a transaction, as many as its settings allow. */
export async function attempting<T>(
  settings: TransactionSettings,
  tenantId: number | undefined,
  run: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  let attempt: Attempt;
  return withRetries(
    settings.retries,
    () => {
      attempt = new Attempt(settings, tenantId);
      return run(attempt);
    },
    // What has used up its time gets no more of it.
    (error) => attempt.conflict && !(error instanceof TransactionTimeoutError),
  );
}
