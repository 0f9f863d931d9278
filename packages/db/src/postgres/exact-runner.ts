import pg from 'pg';
import { QueryFailedError } from '../errors.ts';
import type { ExactDialect, ExactRunner, Run } from '../exact/runner.ts';
import { timestampFromPostgres } from '../exact/timestamp.ts';
import type { ConnectionPool } from './pool.ts';

const DIALECT: ExactDialect = {
  schema: 'public',
  parameter: (n) => `$${n}`,
  boolean: (stored) => stored === 't',
  timestamp: (stored) => timestampFromPostgres(stored as string),
};

/** Values as the server prints them: pg's own parsers would round. */
const AS_PRINTED = { getTypeParser: () => (text: string) => text };

type Queryable = Pick<pg.ClientBase, 'query'>;

/** Exact statements on the pool. They are not named: PgBouncer between transactions would lose them. */
export function postgresRunner(pool: ConnectionPool): ExactRunner {
  return {
    dialect: DIALECT,
    run: runOn(pool as unknown as Queryable),
    async transaction(work) {
      const client = await pool.connect();
      const run = runOn(client);
      try {
        await run('BEGIN', []);
        const result = await work(run);
        await run('COMMIT', []);
        return result;
      } catch (error) {
        // A connection that was lost has taken its transaction along.
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      } finally {
        client.release();
      }
    },
  };
}

function runOn(queryable: Queryable): Run {
  return async (text, values) => {
    try {
      const { rows } = await queryable.query<unknown[]>({
        text,
        values: [...values],
        rowMode: 'array',
        types: AS_PRINTED,
      });
      return rows;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      throw new QueryFailedError(error.code ?? 'unknown', error.message, { cause: error });
    }
  };
}
