import type { Writable } from 'node:stream';
import pg from 'pg';
import { QueryFailedError } from '../errors.ts';
import type { ExactDialect, ExactRunner, Run } from '../exact/runner.ts';
import { timestampFromPostgres } from '../exact/timestamp.ts';
import { APP_ROLE, TENANT_SETTING } from '../roles/app-role.ts';
import type { ConnectionPool } from './pool.ts';

export const POSTGRES_DIALECT: ExactDialect = {
  schema: 'public',
  parameter: (n) => `$${n}`,
  boolean: (stored) => stored === 't',
  timestamp: (stored) => timestampFromPostgres(stored as string),
};

/** Values as the server prints them: pg's own parsers would round. */
const AS_PRINTED = { getTypeParser: () => (text: string) => text };

/** Statements with the rights of the login. They are not named: PgBouncer between transactions would lose them. */
export function loginRunner(pool: ConnectionPool): Run {
  return async (text, values) => {
    const client = await pool.connect();
    try {
      return await query(client, text, values);
    } finally {
      client.release();
    }
  };
}

/** Statements as {@link APP_ROLE}, with one tenant's rows in sight. */
export function tenantRunner(pool: ConnectionPool, tenantId: number): ExactRunner {
  const begin = `BEGIN; ${actAs(tenantId)}`;
  return {
    async run(text, values) {
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
    },
    async transaction(work) {
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
    },
  };
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
  try {
    const { rows } = await client.query<unknown[]>({
      text,
      values: [...values],
      rowMode: 'array',
      types: AS_PRINTED,
    });
    return rows;
  } catch (error) {
    throw refused(error);
  }
}

function refused(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  return new QueryFailedError(error.code ?? 'unknown', error.message, { cause: error });
}
