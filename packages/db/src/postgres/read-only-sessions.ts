import type { PooledClient } from './pooled-client.ts';

/** Milliseconds between two times at which all of them are given up. */
const AGAIN_MS = 5_000;

/**
 * Sessions that take no writes although the server may do so by now: each keeps the settings that it was opened with. One that
 * refuses a write costs all that were opened before it, or as many writes would be refused as there are connections.
 */
export class ReadOnlySessions {
  #foundAt = Number.NEGATIVE_INFINITY;

  /** A write was refused by a session that takes none. */
  found(): void {
    const now = performance.now();
    if (now > this.#foundAt + AGAIN_MS) this.#foundAt = now;
  }

  /** Whether it is one, and a new one may take writes. */
  mayHold({ readOnlyServer, opensSince }: PooledClient): boolean {
    return readOnlyServer !== undefined && opensSince < this.#foundAt;
  }
}
