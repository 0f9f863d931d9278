import type { PgClient } from './client.ts';
import { withConnection } from './connect.ts';
import type { PostgresTarget } from './target.ts';

/** How often two connections are asked which session of the server they have. */
const TRIES = 10;

/** What such a pooler is, behind its name: `db.example:6432 is a pooler that …`. */
export const IS_TRANSACTION_POOLER =
  'is a pooler that gives each transaction another session of the server (pool_mode transaction or statement), so no lock would hold';

/**
 * Whether a target is a pooler that gives each transaction whatever session of the server is free. Locks and settings belong to
 * a session, and who lost them would not notice.
 *
 * @param first a connection to the target
 */
export async function isTransactionPooler(
  target: PostgresTarget,
  first: PgClient,
  timeoutMs: number,
): Promise<boolean> {
  const own = await sessionOf(first);
  // A pooler announces a number of its own making.
  if (own === (first as { processID?: number }).processID) return false;
  const compare = async (second: PgClient) => {
    for (let i = 0; i < TRIES; i++) {
      if ((await sessionOf(second)) === own || (await sessionOf(first)) !== own) return true;
    }
    return false;
  };
  return withConnection(target, compare, { timeoutMs });
}

async function sessionOf(client: PgClient): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid;
}
