import type { Request } from 'express';
import { MemoryStore, type Store } from 'express-rate-limit';
import { addressOf, WINDOW_MS } from './address.ts';
import { HttpError } from './answer.ts';

/** Wrong credentials a minute from one address: people mistype, programs are deployed with an old key. */
const MAX_WRONG = 60;
/** Credentials of which it is remembered that they were right, and from where. */
const MAX_REMEMBERED = 10_000;

/**
 * Bounds how many credentials can be tried from one address. Who sent a right one before goes on being heard, so that
 * nobody can shut out those who come from the same address, be it an office or a proxy.
 */
export class Guesses {
  readonly #isLimited: boolean;
  readonly #wrong: Store;
  /** By the time of their last use. */
  readonly #right = new Set<string>();

  /** @param wrong where wrong ones are counted; in this process when left out */
  constructor(isLimited: boolean, wrong?: Store) {
    this.#isLimited = isLimited;
    this.#wrong = wrong ?? countHere();
  }

  /**
   * @param hash of the credential, which is not remembered itself
   * @throws HttpError 429 when too many from there were wrong
   */
  async admit(request: Request, hash: string): Promise<void> {
    if (!this.#isLimited || this.#right.has(nameOf(request, hash))) return;
    const wrong = await this.#wrong.get?.(addressOf(request));
    if (wrong === undefined || wrong.totalHits < MAX_WRONG) return;
    const wait = Math.max(1, Math.ceil(((wrong.resetTime?.getTime() ?? 0) - Date.now()) / 1000));
    throw new HttpError(429, 'Too Many Requests', { 'Retry-After': String(wait) });
  }

  right(request: Request, hash: string): void {
    if (!this.#isLimited) return;
    const name = nameOf(request, hash);
    this.#right.delete(name);
    this.#right.add(name);
    const [oldest] = this.#right;
    if (this.#right.size > MAX_REMEMBERED && oldest !== undefined) this.#right.delete(oldest);
  }

  async wrong(request: Request): Promise<void> {
    if (this.#isLimited) await this.#wrong.increment(addressOf(request));
  }
}

function countHere(): Store {
  const store = new MemoryStore();
  store.init({ windowMs: WINDOW_MS } as Parameters<MemoryStore['init']>[0]);
  return store;
}

function nameOf(request: Request, hash: string): string {
  return `${addressOf(request)} ${hash}`;
}
