import { describeTarget, type PgClient, type PostgresTarget, withConnection } from '@vatevo/connection';
import { CommandError, ExitCode } from '@vatevo/shell';

/** How often two connections are asked which session of the server they have. */
const TRIES = 10;

/**
 * Refuses a pooler that gives each transaction whatever session of the server is free. Locks and settings belong to a
 * session, and a command that lost them would not notice.
 *
 * @param first a connection to the target
 * @throws CommandError exit code 2
 */
export async function refuseTransactionPooler(
  target: PostgresTarget,
  first: PgClient,
  timeoutMs: number,
): Promise<void> {
  const own = await sessionOf(first);
  // A pooler announces a number of its own making.
  if (own === (first as { processID?: number }).processID) return;
  const compare = async (second: PgClient) => {
    for (let i = 0; i < TRIES; i++) {
      if ((await sessionOf(second)) !== own && (await sessionOf(first)) === own) continue;
      throw new CommandError(
        ExitCode.usage,
        `${describeTarget(target)} is a pooler that gives each transaction another session of the server (pool_mode transaction or statement), so no lock would hold: set the URL to the server itself, or to a pool in session mode.`,
      );
    }
  };
  await withConnection(target, compare, { timeoutMs });
}

async function sessionOf(client: PgClient): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid;
}
