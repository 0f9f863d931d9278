import { type PostgresTarget, parseConfig } from '@vatevo/connection';
import type { DbClient, DbClientOptions } from './db-client.ts';
import { openPostgres } from './postgres/open.ts';
import { openSqlite } from './sqlite/open.ts';

/**
 * Makes the database client: PostgreSQL when `POSTGRES_URL` is set, else the SQLite file of `DATABASE_URL`.
 *
 * It returns at once. On PostgreSQL, `DB_POOL_MIN` connections are being opened by then; a server that cannot
 * be reached shows in the first call. Close the client, or its connections keep the process alive.
 *
 * @throws ConfigurationError naming every variable that is wrong
 * @example
 * const db = createDbClient();
 * const invoice = await db.invoice.findUnique({ where: { tenantId_id: { tenantId: 1, id: 7 } } });
 * await db.close();
 */
export function createDbClient(options: DbClientOptions = {}): DbClient {
  return openClient(options);
}

/** The same. @param whenClosed called once, when the client is closed, by whichever of its extensions */
export function openClient(options: DbClientOptions, whenClosed: () => void = () => undefined): DbClient {
  const { database, pool, replicas } = options.config ?? parseConfig(process.env);
  const { observer = {}, password } = options;
  if (database.kind === 'sqlite') return openSqlite(database, pool, { observer, whenClosed });
  const authenticated = (target: PostgresTarget) =>
    password ? target.with({ passwordSource: password, passwordFile: undefined }) : target;
  return openPostgres(authenticated(database), pool, {
    observer,
    whenClosed,
    replicas: replicas && { ...replicas, targets: replicas.targets.map(authenticated) },
  });
}
