import { randomBytes } from 'node:crypto';
import { isSqlState, type PostgresTarget, SQLSTATE } from '@vatevo/connection';
import type pg from 'pg';
import { SchemaEngineError } from '../engine/error.ts';
import { EnginePool } from './pool.ts';
import { quoteIdentifier } from './quote.ts';
import { withClient } from './with-client.ts';

const PREFIX = 'prisma_migrate_shadow_db_';

export interface ShadowDatabase {
  readonly target: PostgresTarget;
  readonly pool: EnginePool;
}

/**
 * The scratch databases in which the engine plays migrations through to learn
 * the schema that they make.
 *
 * Each one is dropped when it is closed. What a killed process left behind is
 * dropped by the next one that needs a shadow database: a database of this
 * prefix and owner that is over a minute old and has no session cannot be in
 * use, since an engine keeps a session on its shadow database throughout.
 */
export class ShadowDatabases {
  readonly #server: PostgresTarget;
  readonly #fixed: PostgresTarget | undefined;
  readonly #open = new Set<ShadowDatabase>();

  constructor(server: PostgresTarget, fixed?: PostgresTarget) {
    this.#server = server;
    this.#fixed = fixed;
  }

  get pools(): EnginePool[] {
    return [...this.#open].map(({ pool }) => pool);
  }

  /** @throws SchemaEngineError P3014 when the role may not create databases */
  async open(): Promise<ShadowDatabase> {
    const target = this.#fixed ?? (await this.#create());
    const shadow = { target, pool: new EnginePool(target) };
    this.#open.add(shadow);
    await shadow.pool.open();
    if (this.#fixed) await shadow.pool.query('DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public');
    return shadow;
  }

  async close(shadow: ShadowDatabase): Promise<void> {
    if (!this.#open.delete(shadow)) return;
    await shadow.pool.end();
    if (shadow.target === this.#fixed) return;
    await withClient(this.#server, (client) => drop(client, shadow.target.database));
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open].map((shadow) => this.close(shadow)));
  }

  #create(): Promise<PostgresTarget> {
    return withClient(this.#server, async (client) => {
      const now = await dropAbandoned(client);
      const database = `${PREFIX}${now}_${randomBytes(6).toString('hex')}`;
      try {
        await client.query(`CREATE DATABASE ${quoteIdentifier(database)}`);
      } catch (error) {
        throw notCreated(error);
      }
      return this.#server.with({ database });
    });
  }
}

/** Returns the server's time in seconds, which the names of shadow databases hold. */
async function dropAbandoned(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ now: string; abandoned: string[] }>(
    `WITH clock AS (SELECT extract(epoch FROM now())::bigint AS now)
     SELECT now::text, ARRAY(
       SELECT datname::text FROM pg_database
       WHERE datname ~ ('^' || $1 || '[0-9]+_[0-9a-f]+$')
         AND pg_get_userbyid(datdba) = current_user
         AND split_part(substr(datname, length($1) + 1), '_', 1)::bigint < now - 60
         AND NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.datname = pg_database.datname)
     ) AS abandoned FROM clock`,
    [PREFIX],
  );
  const [{ now, abandoned }] = rows as [{ now: string; abandoned: string[] }];
  // Another process may be dropping the same one: no reason to fail.
  for (const database of abandoned) await drop(client, database).catch(() => undefined);
  return now;
}

async function drop(client: pg.Client, database: string): Promise<void> {
  await client.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(database)} WITH (FORCE)`);
}

function notCreated(error: unknown): unknown {
  if (!isSqlState(error, 'insufficient_privilege')) return error;
  const code = SQLSTATE.insufficient_privilege;
  return new SchemaEngineError(
    `Prisma Migrate could not create the shadow database. Please make sure the database user has permission to create databases. Read more about the shadow database (and workarounds) at https://pris.ly/d/migrate-shadow\n\nOriginal error: ${code}\n${(error as Error).message}`,
    { code: 'P3014', databaseCode: code, cause: error },
  );
}
