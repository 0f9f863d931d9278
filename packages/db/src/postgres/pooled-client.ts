import { clientConfig, PgClient, type PgClientConfig, type PostgresTarget } from '@vatevo/connection';
import { connectionFailure } from './connection-failure.ts';

/** A connection of the pool: what it loses is told as `ConnectionError`, inside transactions too. */
export class PooledClient extends PgClient {
  readonly #target: PostgresTarget;

  /** @param config the pool's own, whose time-out is that of waiting in line and not that of connecting */
  constructor({ target }: PgClientConfig) {
    // What is asked without waiting is sent without waiting: a tenant's statement costs one trip to the server.
    super({ ...clientConfig(target), pipeline: true });
    this.#target = target;
    // A connection that is lost while in use fails the query at work, or the next one; nobody else listens.
    this.on('error', () => undefined);
  }

  override query(...args: unknown[]): never {
    const result: unknown = Reflect.apply(super.query, this, args);
    if (!(result instanceof Promise)) return result as never;
    return result.catch((error: unknown) => {
      const failure = connectionFailure(error, this.#target);
      if (failure === undefined) throw error;
      // The server's last words come before the end of the connection: the pool must not hand it out in between.
      this.end().catch(() => undefined);
      throw failure;
    }) as never;
  }
}
