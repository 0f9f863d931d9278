import { APP_ROLE } from '@vatevo/db/distribution';
import { CommandError, ExitCode } from '@vatevo/shell';
import { inTrial } from '@vatevo/transfer/postgres';
import type { Client } from 'pg';

/** The oldest Citus that takes rights on single columns for distributed tables; the rights of the API's role are such. */
const OLDEST_CITUS = '13.1';

/** What a cluster's coordinator says of itself. */
export interface ClusterFacts {
  /** `13.2-1`. */
  readonly citus: string;
  readonly isCoordinator: boolean;
  /** Whether it is among its own nodes, so that it holds reference tables, too. */
  readonly isNode: boolean;
  /** Servers that take parts of tables. */
  readonly workers: number;
  /** `citus.propagate_set_commands` */
  readonly propagates: string;
  /** `citus.enable_ddl_propagation` */
  readonly tellsOfDdl: boolean;
  readonly database: string;
}

/** @param client on a database with the extension */
export async function readCluster(client: Client): Promise<ClusterFacts> {
  const { rows } = await client.query<ClusterFacts>(`
    SELECT (SELECT extversion FROM pg_extension WHERE extname = 'citus') AS citus,
      (SELECT groupid = 0 FROM pg_dist_local_group) AS "isCoordinator",
      EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0) AS "isNode",
      (SELECT count(*)::int FROM pg_dist_node WHERE isactive AND shouldhaveshards AND noderole = 'primary') AS workers,
      current_setting('citus.propagate_set_commands') AS propagates,
      current_setting('citus.enable_ddl_propagation')::bool AS "tellsOfDdl", quote_ident(current_database()) AS database`);
  return rows[0] as ClusterFacts;
}

/** Why neither migrations nor the API may work on a cluster as it is; undefined when they may. */
export function refuseCluster(facts: ClusterFacts): CommandError | undefined {
  const { citus, isCoordinator, propagates, tellsOfDdl, database } = facts;
  const no = (message: string, ...remedy: string[]) =>
    new CommandError(ExitCode.notReady, message, { remedy });
  if (citus.localeCompare(OLDEST_CITUS, 'en', { numeric: true }) < 0) {
    return no(
      `The cluster runs Citus ${citus}; version ${OLDEST_CITUS} is the oldest that is supported.`,
      'Install a newer one on every server, restart them, and run ALTER EXTENSION citus UPDATE on each; then run this again.',
    );
  }
  if (!isCoordinator) {
    return no(
      'The server is a worker of a cluster, and tables are made and changed on its coordinator.',
      'Set POSTGRES_URL to the coordinator, or name it among the hosts.',
    );
  }
  if (!tellsOfDdl) {
    return no(
      'citus.enable_ddl_propagation is off, so workers would not hear of migrations and roles.',
      `ALTER DATABASE ${database} SET citus.enable_ddl_propagation = 'on';  -- then run this again`,
    );
  }
  if (propagates !== 'local') {
    return no(
      `citus.propagate_set_commands is "${propagates}", so workers would not hear whose rows a statement may see.`,
      `ALTER DATABASE ${database} SET citus.propagate_set_commands = 'local';  -- then restart what is connected`,
    );
  }
  return undefined;
}

/** What else keeps tables from being distributed; empty when nothing does. */
export async function findUnready(client: Client, facts: ClusterFacts): Promise<string[]> {
  const unready: string[] = [];
  if (facts.workers === 0) {
    unready.push("there is no worker: SELECT citus_add_node('HOST', 5432) on the coordinator");
  }
  if (!facts.isNode) {
    unready.push("the coordinator is not among the nodes: SELECT citus_set_coordinator_host('HOST')");
  }
  const mayLogIn = `SELECT coalesce(bool_or(rolcanlogin), false) FROM pg_roles WHERE rolname = '${APP_ROLE}'`;
  for (const { node, success, result } of await askNodes(client, mayLogIn)) {
    if (!success) unready.push(`${node} cannot be reached from the coordinator (${result}): start it`);
    else if (result !== 't')
      unready.push(`${APP_ROLE} may not log in on ${node}: ALTER ROLE ${APP_ROLE} LOGIN`);
  }
  unready.push(...(await findWithoutMetadata(client)));
  return unready.length > 0 ? unready : findUnreached(client);
}

/** What a server of the cluster answered, or why it did not. */
export interface NodeAnswer {
  readonly node: string;
  readonly success: boolean;
  readonly result: string;
}

/** Asks every server of the cluster for one value. */
export async function askNodes(client: Client, sql: string): Promise<NodeAnswer[]> {
  const { rows } = await client.query<NodeAnswer>(
    `SELECT nodename || ':' || nodeport AS node, success, result FROM run_command_on_all_nodes($1) JOIN pg_dist_node USING (nodeid)`,
    [sql],
  );
  return rows;
}

/** What keeps servers from taking requests of their own, or from having each row once. */
async function findWithoutMetadata(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ problem: string }>(`
    SELECT nodename || ':' || nodeport || ' does not know the tables of the cluster: SELECT start_metadata_sync_to_all_nodes()' AS problem
    FROM pg_dist_node WHERE isactive AND noderole = 'primary' AND NOT (hasmetadata AND metadatasynced)
    UNION ALL
    SELECT format('citus.shard_replication_factor is %s, so rows would be kept twice without a transaction: ALTER DATABASE %I SET citus.shard_replication_factor = 1',
      current_setting('citus.shard_replication_factor'), current_database())
    WHERE current_setting('citus.shard_replication_factor') <> '1'`);
  return rows.map(({ problem }) => problem);
}

/** A coordinator asks its workers as the role that it acts as; their pg_hba.conf has to let it in. */
async function findUnreached(client: Client): Promise<string[]> {
  return inTrial(client, async () => {
    await client.query(`SET LOCAL ROLE ${APP_ROLE}`);
    const { rows } = await client.query<NodeAnswer>(
      `SELECT nodename || ':' || nodeport AS node, success, result FROM run_command_on_workers('SELECT current_user')`,
    );
    return rows
      .filter(({ success, result }) => !success || result !== APP_ROLE)
      .map(
        ({ node, result }) =>
          `the coordinator cannot ask ${node} as ${APP_ROLE} (${result}): see its pg_hba.conf, or pg_dist_authinfo`,
      );
  });
}

/**
 * The version from which on Citus (all up to 14.0.1) crashes the coordinator when it follows a table with dropped columns: it
 * puts a row without them in the place of the one that the server's log holds, in memory that is freed with the transaction,
 * and the server frees each row itself (citus/src/backend/distributed/shardsplit/shardsplit_decoder.c).
 */
const CRASHES_FROM = 170_000;

/** What keeps tables from being copied while they are written to: their changes are followed in the server's log. */
export async function findUnreadyToCopy(client: Client, tables: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{
    logical: boolean;
    plugins: string | null;
    superuser: boolean;
    keyless: string[];
    crashing: string[];
  }>(
    `SELECT current_setting('wal_level') = 'logical' AS logical, current_setting('is_superuser')::bool AS superuser,
       current_setting('output_plugin_libraries', true) AS plugins,
       ARRAY(SELECT name FROM unnest($1::text[]) AS name JOIN pg_class AS c ON c.oid = name::regclass
         WHERE c.relreplident = 'n' OR c.relreplident = 'd' AND NOT EXISTS (
           SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary)) AS keyless,
       ARRAY(SELECT DISTINCT name FROM unnest($1::text[]) AS name JOIN pg_attribute AS a ON a.attrelid = name::regclass
         WHERE a.attisdropped AND current_setting('server_version_num')::int >= $2) AS crashing`,
    [tables, CRASHES_FROM],
  );
  const found = rows[0];
  return [
    ...(found?.logical
      ? []
      : [
          "the coordinator's wal_level is not logical: ALTER SYSTEM SET wal_level = 'logical', and restart it",
        ]),
    // Servers that know the setting let only what it lists read their log.
    ...(isListed('citus', found?.plugins ?? null)
      ? []
      : [
          `the coordinator's output_plugin_libraries does not list citus: ALTER SYSTEM SET output_plugin_libraries = ${[found?.plugins, 'citus'].filter(Boolean).join(', ')}; SELECT pg_reload_conf()`,
        ]),
    ...(found?.superuser
      ? []
      : ['the login is no superuser, and only one may follow the log and hold the switch: use one']),
    ...(found?.keyless ?? []).map(
      (name) => `${name} has no primary key, so changes of its rows cannot be followed: give it one`,
    ),
    ...(found?.crashing ?? []).map(
      (name) =>
        `${name} had a column that was dropped, and what follows its changes would crash PostgreSQL ${CRASHES_FROM / 10_000} and newer: run pnpm ops:distribute without --concurrently, while nobody has to write`,
    ),
  ];
}

function isListed(name: string, list: string | null): boolean {
  return list === null || list.split(',').some((part) => part.trim().replaceAll('"', '') === name);
}
