import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { PostgresTarget } from '@vatevo/connection';
import type { EngineDatabase, Incidents } from '../engine/database.ts';
import type { SchemaEngineError } from '../engine/error.ts';
import type { DescribedSql, SqlQuery } from '../engine/sql.ts';
import { type Observer, PostgresAdapter } from './adapter.ts';
import { connectionFailed } from './connection-failed.ts';
import { describeSql } from './describe-sql.ts';
import { EnginePool, type SessionSettings } from './pool.ts';
import { quoteIdentifier } from './quote.ts';
import { createDatabase, dropDatabase } from './server-databases.ts';
import { ShadowDatabases } from './shadow-databases.ts';
import { withClient } from './with-client.ts';

export interface PostgresDatabaseOptions {
  /** Settings of the session that migrations run in, such as `lock_timeout`. */
  readonly session?: SessionSettings | undefined;
  /** The schema that the tables are in; `public` when omitted. */
  readonly schema?: string | undefined;
  /** A database to use, and empty, as shadow database instead of one made for the purpose. */
  readonly shadow?: PostgresTarget | undefined;
}

/** A PostgreSQL database under the schema engine. */
export class PostgresDatabase implements EngineDatabase {
  readonly provider = 'postgresql';
  incidents: Incidents = {};
  readonly #target: PostgresTarget;
  readonly #options: PostgresDatabaseOptions;
  readonly #shadows: ShadowDatabases;
  #main: EnginePool | undefined;

  constructor(target: PostgresTarget, options: PostgresDatabaseOptions = {}) {
    this.#target = target;
    this.#options = options;
    this.#shadows = new ShadowDatabases(target, options.shadow);
  }

  get factory(): SqlMigrationAwareDriverAdapterFactory {
    const { provider, adapterName } = new PrismaPg({});
    return {
      provider,
      adapterName,
      connect: async () => {
        const pool = new EnginePool(this.#target, {
          ...this.#options.session,
          ...(this.#options.schema !== undefined && { search_path: quoteIdentifier(this.#options.schema) }),
        });
        await this.#guard(this.#target, () => pool.open());
        this.#main = pool;
        return this.#adapt(this.#target, pool, () => pool.end());
      },
      connectToShadowDb: async () => {
        const shadow = await this.#guard(this.#target, () => this.#shadows.open());
        return this.#adapt(shadow.target, shadow.pool, () => this.#shadows.close(shadow));
      },
    };
  }

  check(): Promise<void> {
    return this.#guard(this.#target, () => withClient(this.#target, async () => undefined));
  }

  async create(): Promise<string> {
    await this.#guard(this.#target, () => createDatabase(this.#target));
    return this.#target.database;
  }

  drop(): Promise<void> {
    return this.#guard(this.#target, () => dropDatabase(this.#target));
  }

  async answer(method: string, params: unknown, ask: () => Promise<unknown>): Promise<unknown> {
    if (method !== 'introspectSql') return ask();
    const queries: DescribedSql[] = [];
    for (const query of (params as { readonly queries: readonly SqlQuery[] }).queries) {
      queries.push(await describeSql(query, this.#target, this.#options.schema));
    }
    return { queries };
  }

  tidy(): Promise<void> {
    return this.#shadows.closeAll();
  }

  async cancel(): Promise<void> {
    const backends = [this.#main, ...this.#shadows.pools].flatMap((pool) => pool?.backend ?? []);
    await withClient(this.#target, (client) =>
      client.query('SELECT pg_cancel_backend(pid) FROM unnest($1::int[]) AS pid', [backends]),
    );
  }

  async close(): Promise<void> {
    await this.#shadows.closeAll();
    await this.#main?.end();
    this.#main = undefined;
  }

  #adapt(target: PostgresTarget, pool: EnginePool, release: () => Promise<void>): Promise<PostgresAdapter> {
    const observer: Observer = {
      onRefused: (refused) => {
        this.incidents.refused = refused;
      },
      onDisconnected: (cause) => {
        this.incidents.connection = connectionFailed(cause, target);
      },
    };
    return PostgresAdapter.on(pool, observer, release, this.#options.schema);
  }

  /** Notes why a connection could not be made, for the engine loses it. */
  async #guard<T>(target: PostgresTarget, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const failure: SchemaEngineError = connectionFailed(error, target);
      this.incidents.connection = failure;
      throw failure;
    }
  }
}
