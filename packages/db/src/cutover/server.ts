import {
  createClient,
  type PgClient,
  type PostgresTarget,
  toConnectionError,
  within,
} from '@vatevo/connection';
import { askServerRecord, type ServerReading, type ServerRecord } from '@vatevo/cutover-state';
import { runOn } from '../postgres/run-on.ts';

/**
 * Reads PostgreSQL's record of a cutover again and again, on one connection of its own: a look waits for no
 * pool and opens nothing.
 */
export class ServerCutover {
  readonly #target: PostgresTarget;
  #client: PgClient | undefined;

  constructor(target: PostgresTarget) {
    this.#target = target;
  }

  /** Answers within `timeoutMs`. Never throws; a connection that failed is opened anew by the next look. */
  async read(timeoutMs: number): Promise<ServerReading> {
    try {
      return { ok: true, record: await within(timeoutMs, this.#ask(timeoutMs)) };
    } catch (error) {
      this.close();
      return { ok: false, message: toConnectionError(error, this.#target).message };
    }
  }

  close(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.end().catch(() => undefined);
    client?.connection.stream.destroy();
  }

  async #ask(timeoutMs: number): Promise<ServerRecord | undefined> {
    if (this.#client === undefined) {
      const client = createClient(this.#target, { timeoutMs, applicationName: 'vatevo cutover' });
      client.on('error', () => undefined);
      this.#client = client;
      await client.connect();
    }
    return askServerRecord(runOn(this.#client));
  }
}
