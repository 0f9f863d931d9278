import { ConnectionError, describeTarget, type PgClient, type PostgresTarget } from '@vatevo/connection';
import type { Deadline } from '@vatevo/shell';
import type { Run } from '../preset.ts';
import { createDatabase } from './create-database.ts';
import { refuseTransactionPooler } from './pooler.ts';
import { waitForServer } from './wait-for-server.ts';

/**
 * Connects to the target's database, creating it first where it is missing.
 *
 * @returns the connection, and whether this run created the database
 */
export async function openDatabase(
  target: PostgresTarget,
  deadline: Deadline,
  { report, signal }: Run,
): Promise<{ client: PgClient; created: boolean }> {
  const onWait = (reason: string) => report.note(`waiting: ${reason}`);
  const existing = await report.step('Connect', async (step) => {
    try {
      const client = await waitForServer(target, deadline, signal, onWait);
      await endUnless(client, () => refuseTransactionPooler(target, client, deadline.remainingMs));
      step.detail(describeTarget(target));
      return client;
    } catch (error) {
      if (!(error instanceof ConnectionError) || error.reason !== 'missing-database') throw error;
      step.detail(`the database "${target.database}" is missing`);
      return undefined;
    }
  });
  if (existing) return { client: existing, created: false };
  return report.step('Create the database', async (step) => {
    const created = await createDatabase(target, deadline, signal);
    if (!created) step.skip('another run was quicker');
    return { client: await waitForServer(target, deadline, signal, onWait), created };
  });
}

/** Does what must succeed for a connection to be of use. */
async function endUnless(client: PgClient, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await client.end();
    throw error;
  }
}
