import {
  clientConfig,
  PgClient,
  type PgClientConfig,
  type PostgresTarget,
  toConnectionError,
} from '@vatevo/connection';
import { explainFence } from '../cutover/fence.ts';
import { observeQuery } from '../observe-query.ts';
import type { DbObserver } from '../observer.ts';
import { connectionFailure } from './connection-failure.ts';
import { PrintedQuery, type PrintedRow } from './printed-query.ts';
import { statementName } from './statement-name.ts';

/** What the pool hands to its connections. */
export interface PooledClientConfig extends PgClientConfig {
  readonly observer: DbObserver;
}

/** A connection of the pool: what it loses is told as `ConnectionError`, inside transactions too. */
export class PooledClient extends PgClient {
  readonly #target: PostgresTarget;
  readonly #observer: DbObserver;
  /**
   * Whether a statement that was given a name is there later, too. A pooler such as PgBouncer may put the next
   * transaction into another session of the server, which has never heard of it.
   */
  keepsStatements = false;
  #lost = false;

  /** @param config the pool's own, whose time-out is that of waiting in line and not that of connecting */
  constructor({ target, observer }: PooledClientConfig) {
    // What is asked without waiting is sent without waiting: a tenant's statement costs one trip to the server.
    super({ ...clientConfig(target), pipeline: true });
    this.#target = target;
    this.#observer = observer;
    // A connection that is lost while in use fails the query at work, or the next one; nobody else listens.
    this.on('error', () => undefined);
  }

  /** Called by the pool, with a callback. */
  override connect(...args: unknown[]): never {
    const [callback] = args as [((error?: Error | null, ...rest: unknown[]) => void) | undefined];
    if (callback === undefined) return Reflect.apply(super.connect, this, []) as never;
    const observed = (error?: Error | null, ...rest: unknown[]) => {
      if (error) this.#observer.connectionFailed?.(toConnectionError(error, this.#target).reason);
      else void this.#findOutWhoAnswers();
      callback(error, ...rest);
    };
    return Reflect.apply(super.connect, this, [observed]) as never;
  }

  /** A pooler announces a process id of its own making, so that it can pass on requests to cancel. */
  async #findOutWhoAnswers(): Promise<void> {
    try {
      const { rows } = await super.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      this.keepsStatements = rows[0]?.pid === (this as unknown as { readonly processID: number }).processID;
    } catch {
      // The connection is lost, which the next query finds out.
    }
  }

  override query(...args: unknown[]): never {
    const result: unknown = Reflect.apply(super.query, this, args);
    if (!(result instanceof Promise)) return result as never;
    return this.#told(textOf(args[0]), result) as never;
  }

  /** Rows as arrays of texts as the server prints them. */
  queryPrinted(text: string, values: readonly unknown[]): Promise<PrintedRow[]> {
    const name = this.keepsStatements ? statementName(text) : undefined;
    const result = new Promise<PrintedRow[]>((resolve, reject) => {
      super.query(new PrintedQuery({ name, text, values }, resolve, reject));
    });
    return this.#told(text, result);
  }

  /** Tells the observer how a query ends, and the caller why its connection is lost. */
  #told<T>(text: string, result: Promise<T>): Promise<T> {
    const explained = result.catch((error: unknown) => {
      const failure = connectionFailure(error, this.#target);
      if (failure === undefined) throw explainFence(error);
      if (!this.#lost) this.#observer.connectionFailed?.(failure.reason);
      this.#lost = true;
      // The server's last words come before the end of the connection: the pool must not hand it out in between.
      this.end().catch(() => undefined);
      throw failure;
    });
    return observeQuery(this.#observer, text, () => explained);
  }
}

function textOf(query: unknown): string {
  return typeof query === 'string' ? query : String((query as { text?: unknown } | null)?.text ?? '');
}
