import type { Writable } from 'node:stream';
import pg from 'pg';
import { QueryFailedError } from '../errors.ts';
import type { ExactDialect, ExactRunner, Run } from '../exact/runner.ts';
import { timestampFromPostgres } from '../exact/timestamp.ts';
import { APP_ROLE, TENANT_SETTING } from '../roles/app-role.ts';
import type { ConnectionPool } from './pool.ts';
import type { PooledClient } from './pooled-client.ts';

export const POSTGRES_DIALECT: ExactDialect = {
  schema: 'public',
  parameter: (n) => `$${n}`,
  insertsTogether: true,
  boolean: (stored) => stored === 't',
  timestamp: (stored) => timestampFromPostgres(stored as string),
};

/** Statements with the rights of the login. */
export function loginRunner(pool: ConnectionPool): Run {
  return (text, values) =>
    onFreshPlans(async () => {
      const client = await pool.connect();
      try {
        return await query(client, text, values);
      } finally {
        client.release();
      }
    });
}

/** Statements as {@link APP_ROLE}, with one tenant's rows in sight. */
export function tenantRunner(pool: ConnectionPool, tenantId: number): ExactRunner {
  const begin = `BEGIN; ${actAs(tenantId)}`;
  return {
    run: (text, values) => onFreshPlans(() => runAlone(pool, begin, text, values)),
    transaction: (work) => onFreshPlans(() => runTransaction(pool, begin, work)),
  };
}

async function runAlone(
  pool: ConnectionPool,
  begin: string,
  text: string,
  values: readonly unknown[],
): Promise<unknown[][]> {
  const client = await pool.connect();
  sendAtOnce(client);
  // Sent one behind the other without waiting. When one fails the transaction is over, and the server
  // refuses what comes after it: nothing can run with the login's own rights.
  const [begun, answered, committed] = await Promise.allSettled([
    client.query(begin),
    query(client, text, values),
    client.query('COMMIT'),
  ]);
  client.release();
  if (begun.status === 'rejected') throw refused(begun.reason);
  if (answered.status === 'rejected') throw answered.reason;
  if (committed.status === 'rejected') throw refused(committed.reason);
  return answered.value;
}

async function runTransaction<T>(
  pool: ConnectionPool,
  begin: string,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  sendAtOnce(client);
  try {
    // Not waited for, as above. The work is, whatever happens: a statement that came after the ROLLBACK would
    // run with the login's own rights.
    const [begun, worked] = await Promise.allSettled([
      client.query(begin),
      work((text, values) => query(client, text, values)),
    ]);
    if (begun.status === 'rejected') throw begun.reason;
    if (worked.status === 'rejected') throw worked.reason;
    await client.query('COMMIT');
    return worked.value;
  } catch (error) {
    // A connection that was lost has taken its transaction along.
    await client.query('ROLLBACK').catch(() => undefined);
    throw refused(error);
  } finally {
    client.release();
  }
}

/** A migration has changed the type of a column that a kept plan reads; nothing was done. */
class StalePlanError extends Error {}

/** Does it again when a plan was stale. Its connection keeps none any more, so there is an end to that. */
async function onFreshPlans<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StalePlanError)) throw error;
    }
  }
}

/** The code alone, "feature not supported", stands for other things, too; the message is in the server's language. */
function isStalePlan(error: unknown): boolean {
  return (
    error instanceof pg.DatabaseError && error.code === '0A000' && error.routine === 'RevalidateCachedQuery'
  );
}

/** SQL that gives up the login's rights, and names the tenant, until the transaction ends. */
export function actAs(tenantId: number): string {
  if (!Number.isInteger(tenantId)) throw new TypeError(`${tenantId} is no tenant's id`);
  return `SET LOCAL ROLE ${APP_ROLE}; SET LOCAL ${TENANT_SETTING} = '${tenantId}'`;
}

/**
 * Lets all that is sent in this turn of the event loop go to the server in one packet: each packet costs a
 * system call here and wakes a process there. (pg has no name for it; its own queries do the same to theirs.)
 */
function sendAtOnce(client: pg.PoolClient): void {
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Writable } }).connection;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

async function query(client: pg.PoolClient, text: string, values: readonly unknown[]): Promise<unknown[][]> {
  const connection = client as unknown as PooledClient;
  try {
    return (await connection.queryPrinted(text, values)) as unknown[][];
  } catch (error) {
    if (!connection.keepsStatements || !isStalePlan(error)) throw refused(error);
    connection.keepsStatements = false;
    throw new StalePlanError();
  }
}

function refused(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  return new QueryFailedError(error.code ?? 'unknown', error.message, { cause: error });
}
