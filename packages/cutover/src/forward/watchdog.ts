import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

/** Milliseconds without a sign of life after which a server counts as hung while nobody can write. */
const SILENCE = 5_000;

/**
 * Asks a server for a sign of life, and cuts the connections to one that gives none, so that what waits for it fails. A
 * fence that stood for as long as a frozen server is silent would stop the service, too.
 */
export class Watchdog {
  /** Whether it cut the connections. */
  hasBitten = false;
  readonly #clients: readonly Client[];
  readonly #silence: number;
  readonly #over = new AbortController();

  /**
   * @param client is used by nobody else while the dog watches
   * @param others that wait for the same server
   * @param silence milliseconds
   */
  constructor(client: Client, others: readonly Client[], silence: number = SILENCE) {
    this.#clients = [client, ...others];
    this.#silence = silence;
    void this.#watch(client);
  }

  stop(): void {
    this.#over.abort();
  }

  async #watch(client: Client): Promise<void> {
    const { signal } = this.#over;
    // Once a tenth: a server that answers late is not silent.
    const pause = () => sleep(this.#silence / 10, undefined, { signal }).catch(() => undefined);
    for (await pause(); !signal.aborted; await pause()) {
      const bite = setTimeout(() => this.#bite(), this.#silence);
      signal.addEventListener('abort', () => clearTimeout(bite), { once: true });
      // What fails here fails there, too.
      await client.query('SELECT 1').catch(() => undefined);
      clearTimeout(bite);
    }
  }

  #bite(): void {
    this.hasBitten = true;
    for (const client of this.#clients) {
      // Not in pg's types: end() would wait for an answer.
      const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
      connection.stream.destroy();
    }
  }
}
