import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, ExitCode } from '@vatevo/shell';
import type { Client } from 'pg';
import { askNodes } from './cluster.ts';

/** In `pg_dist_cleanup`: a part of a table. */
export const A_PART = 1;

const PAUSE_MS = 200;
const TIMEOUT_MS = 20_000;

/**
 * Has the cluster delete what it means to delete later: parts of tables that nobody reads any more, and those of a run that was
 * ended, which look like tables of ours.
 *
 * @throws CommandError exit code 7 when some of them stay, 3 when a server is away
 */
export async function dropLeftParts(client: Client): Promise<void> {
  await refuseAway(client);
  for (const started = performance.now(); ; await sleep(PAUSE_MS)) {
    const { rows } = await client.query<{ name: string }>(
      'SELECT object_name AS name FROM pg_dist_cleanup WHERE object_type = $1',
      [A_PART],
    );
    if (rows.length === 0) return;
    if (performance.now() - started > TIMEOUT_MS) {
      throw new CommandError(
        ExitCode.locked,
        `Parts of tables that are not needed any more could not be deleted: ${listed(rows.map(({ name }) => name))}.`,
        {
          remedy: ['End what reads them, see pg_stat_activity for long transactions; then run this again.'],
        },
      );
    }
    await client.query('CALL pg_catalog.citus_cleanup_orphaned_resources()');
  }
}

async function refuseAway(client: Client): Promise<void> {
  const nodes = await askNodes(client, 'SELECT 1');
  const away = nodes.filter(({ success }) => !success).map(({ node }) => node);
  if (away.length === 0) return;
  throw new CommandError(
    ExitCode.cannotConnect,
    `A server of the cluster cannot be reached from the coordinator: ${away.join(', ')}.`,
    { remedy: ['Start it, then run the same command again.'] },
  );
}

const MAX_LISTED = 3;

function listed(names: readonly string[]): string {
  const more = names.length - MAX_LISTED;
  return `${names.slice(0, MAX_LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
