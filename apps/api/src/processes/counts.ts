import { WINDOW_MS } from '../http/address.ts';
import type { Count } from './messages.ts';

/** How often counts that began anew are left out. */
const CLEAN_MS = WINDOW_MS;

/** Counts of requests for all processes: by name of the limit, then by what is limited. */
export class Counts {
  readonly #byName = new Map<string, Map<string, { hits: number; resetAt: number }>>();

  constructor() {
    setInterval(() => this.#clean(), CLEAN_MS).unref();
  }

  /** @returns a count as it is now: what is sent to a process may wait behind a connection that is handed to it */
  answer(
    question: 'increment' | 'count' | 'decrement',
    { name, key }: { readonly name: string; readonly key: string },
  ): Count | undefined {
    const now = Date.now();
    const counts = this.#of(name);
    const known = counts.get(key);
    const count = known && known.resetAt > now ? known : undefined;
    if (question === 'count') return count && { ...count };
    if (question === 'decrement') {
      if (count && count.hits > 0) count.hits--;
      return undefined;
    }
    const counted = count ?? { hits: 0, resetAt: now + WINDOW_MS };
    counted.hits++;
    if (counted !== count) counts.set(key, counted);
    return { ...counted };
  }

  #of(name: string): Map<string, { hits: number; resetAt: number }> {
    const known = this.#byName.get(name);
    if (known) return known;
    const counts = new Map<string, { hits: number; resetAt: number }>();
    this.#byName.set(name, counts);
    return counts;
  }

  #clean(): void {
    const now = Date.now();
    for (const counts of this.#byName.values())
      for (const [key, { resetAt }] of counts) if (resetAt <= now) counts.delete(key);
  }
}
