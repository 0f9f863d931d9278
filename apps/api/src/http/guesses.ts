import type { Request } from 'express';
import { MemoryStore, type Store } from 'express-rate-limit';
import { addressOf, WINDOW_MS } from './address.ts';
import { HttpError } from './answer.ts';

/** Wrong credentials a minute from one address: people mistype, programs are deployed with an old key. */
const MAX_WRONG = 60;
/** Credentials of which it is remembered that they were right, and from where. */
const MAX_REMEMBERED = 10_000;
/** Credentials of one address that are looked at together, of those that were not right before. */
const AT_A_TIME = 8;

interface Trials {
  underWay: number;
  readonly waiting: (() => void)[];
}

/**
 * Bounds how many credentials can be tried from one address. Who sent a right one before goes on being heard, so that
 * nobody can shut out those who come from the same address, be it an office or a proxy.
 */
export class Guesses {
  readonly #isLimited: boolean;
  readonly #wrong: Store;
  /** By the time of their last use. */
  readonly #right = new Set<string>();
  readonly #trials = new Map<string, Trials>();

  /** @param wrong where wrong ones are counted; in this process when left out */
  constructor(isLimited: boolean, wrong?: Store) {
    this.#isLimited = isLimited;
    this.#wrong = wrong ?? countHere();
  }

  /**
   * Looks whether a credential is right, in its turn.
   *
   * @param hash of the credential, which is not remembered itself
   * @param look resolves to what a right one stands for
   * @returns undefined for a wrong one
   * @throws HttpError 429 when too many from there were wrong
   */
  async admit<Found>(
    request: Request,
    hash: string,
    look: () => Promise<Found | undefined>,
  ): Promise<Found | undefined> {
    if (!this.#isLimited) return look();
    const address = addressOf(request);
    const name = `${address} ${hash}`;
    if (this.#right.has(name)) return this.#noted(address, name, look);
    await this.#takeTurn(address);
    try {
      return await this.#noted(address, name, look);
    } finally {
      this.#endTurn(address);
    }
  }

  async #noted<Found>(
    address: string,
    name: string,
    look: () => Promise<Found | undefined>,
  ): Promise<Found | undefined> {
    const found = await look();
    this.#right.delete(name);
    if (found === undefined) {
      await this.#wrong.increment(address);
      return undefined;
    }
    this.#right.add(name);
    const [oldest] = this.#right;
    if (this.#right.size > MAX_REMEMBERED && oldest !== undefined) this.#right.delete(oldest);
    return found;
  }

  /** Of those that come at once, no more are looked at than may still be wrong. */
  async #takeTurn(address: string): Promise<void> {
    for (;;) {
      const wrong = await this.#wrong.get?.(address);
      const left = MAX_WRONG - (wrong?.totalHits ?? 0);
      const trials = this.#trials.get(address) ?? { underWay: 0, waiting: [] };
      if (left <= 0) {
        const next = trials.waiting.shift();
        if (next) next();
        else if (trials.underWay === 0) this.#trials.delete(address);
        const wait = Math.max(1, Math.ceil(((wrong?.resetTime?.getTime() ?? 0) - Date.now()) / 1000));
        throw new HttpError(429, 'Too Many Requests', { 'Retry-After': String(wait) });
      }
      this.#trials.set(address, trials);
      if (trials.underWay < Math.min(left, AT_A_TIME)) {
        trials.underWay++;
        return;
      }
      await new Promise<void>((resolve) => trials.waiting.push(resolve));
    }
  }

  #endTurn(address: string): void {
    const trials = this.#trials.get(address);
    if (!trials) return;
    trials.underWay--;
    const next = trials.waiting.shift();
    if (next) next();
    else if (trials.underWay === 0) this.#trials.delete(address);
  }
}

function countHere(): Store {
  const store = new MemoryStore();
  store.init({ windowMs: WINDOW_MS } as Parameters<MemoryStore['init']>[0]);
  return store;
}
