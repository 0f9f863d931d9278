import type { Client } from 'pg';

/** Milliseconds without an answer after which a server counts as hung while nobody can write. */
const LIMIT = 60_000;

/**
 * Cuts the connections to a server that does not answer any more, so that what waits for it fails. A fence that
 * stood for as long as a frozen server is silent would stop the service, too.
 */
export class Watchdog {
  readonly #clients: readonly Client[];
  #timer: NodeJS.Timeout | undefined;

  constructor(clients: readonly Client[]) {
    this.#clients = clients;
    this.answered();
  }

  /** Begins to wait anew. */
  answered(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      for (const client of this.#clients) {
        // Not in pg's types: end() would wait for an answer.
        const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
        connection.stream.destroy();
      }
    }, LIMIT);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
