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
    await endFollowers(client);
    await client.query('CALL pg_catalog.citus_cleanup_orphaned_resources()');
  }
}

/** What runs on the server of each of these things that an operation has left, which is over: nobody holds its lock. */
const ON_LEFT = `
  SELECT r.success FROM pg_dist_cleanup AS c
    JOIN pg_dist_node AS n ON n.groupid = c.node_group_id AND n.noderole = 'primary',
    master_run_on_worker(ARRAY[n.nodename], ARRAY[n.nodeport], ARRAY[format($2, c.object_name)], false) AS r
  WHERE c.object_type = $1 AND NOT EXISTS (SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
    WHERE l.locktype = 'advisory' AND l.objsubid = 10 AND d.datname = current_database()
      AND (l.classid::bigint << 32 | l.objid::bigint) = c.operation_id)`;

/** In `pg_dist_cleanup`: what follows a server's log, and where it has come to. */
const A_SUBSCRIPTION = 2;
const A_SLOT = 3;

/**
 * Ends what still follows the log for an operation that is over. The cluster deletes the parts first; a process that reads a change of
 * one of them by then crashes, and the server with it. Where this login may not do that, the cluster does what it does.
 */
async function endFollowers(client: Client): Promise<void> {
  await client.query(ON_LEFT, [A_SUBSCRIPTION, 'ALTER SUBSCRIPTION %I DISABLE']);
  await client.query(ON_LEFT, [
    A_SLOT,
    'SELECT coalesce(bool_and(pg_terminate_backend(active_pid, 1000)), true) FROM pg_replication_slots WHERE slot_name = %L AND active',
  ]);
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
