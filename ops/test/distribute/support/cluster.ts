import { connect, parseConfig, parsePostgresUrl } from '@vatevo/connection';
import { createDbClient, type DbClient } from '@vatevo/db';
import type { Client } from 'pg';
import { call } from '../../support/call.ts';

/**
 * A superuser's URL of a database on a coordinator of Citus, on whose nodes the same database and the extension are, with the
 * nodes added. Its name ends in _test: all that is in it is erased.
 */
export const URL_OF_CLUSTER = process.env.VATEVO_CITUS_URL ?? '';

/** What migrations and tests made. */
const OURS = `
  SELECT 'TABLE ' || c.oid::regclass AS object FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
  UNION ALL
  SELECT 'FUNCTION ' || p.oid::regprocedure FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
  UNION ALL
  SELECT 'TYPE ' || t.oid::regtype FROM pg_type AS t WHERE t.typnamespace = 'public'::regnamespace AND t.typtype = 'e'`;

/** Files that use the cluster wait for each other: there is one. */
const ONE_AT_A_TIME = 'SELECT pg_advisory_lock(20261129)';

/** Whether changes of our tables can be followed there: some had columns that were dropped (see findUnreadyToCopy). */
export const FOLLOWS_CHANGES: boolean = URL_OF_CLUSTER !== '' && (await majorVersion()) < 17;

async function majorVersion(): Promise<number> {
  const client = await connect(parsePostgresUrl(URL_OF_CLUSTER));
  const { rows } = await client.query("SELECT current_setting('server_version_num')::int / 10000 AS major");
  await client.end();
  return rows[0].major;
}

/** How long that may take. */
export const IN_TURN_MS = 600_000;

type Ended = Record<string, unknown> & { readonly code: number | null };

/** An empty database on the cluster, for one file of tests. */
export interface Cluster {
  readonly env: { readonly POSTGRES_URL: string };
  ask(text: string): Promise<Record<string, unknown>[]>;
  /** Runs a command of ours; its report, and how it ended. */
  ops(...args: string[]): Promise<Ended>;
  /** The same with another URL. */
  opsAt(url: string, ...args: string[]): Promise<Ended>;
  /** A client that is closed with the cluster. @param url of other servers than the coordinator */
  open(url?: string, size?: number): DbClient;
  close(): Promise<void>;
}

export async function useCluster(): Promise<Cluster> {
  const target = parsePostgresUrl(URL_OF_CLUSTER);
  if (!target.database.endsWith('_test'))
    throw new Error('VATEVO_CITUS_URL: the name of the database must end in _test');
  const client = await connect(target);
  const env = { POSTGRES_URL: URL_OF_CLUSTER };
  const clients: DbClient[] = [];
  const ask = async (text: string) => (await client.query(text)).rows;
  const opsAt = async (url: string, ...args: string[]) => {
    const { code, stdout } = await call([...args, '--json'], { POSTGRES_URL: url });
    return { code, ...JSON.parse(stdout) };
  };
  await ask(ONE_AT_A_TIME);
  // As the documentation asks for, whichever file comes first.
  await ask(`ALTER DATABASE ${target.database} SET citus.propagate_set_commands = 'local'`);
  const [plugins] = await ask(`SELECT current_setting('output_plugin_libraries', true) AS list`);
  if (plugins?.list && !plugins.list.includes('citus')) {
    await ask(`ALTER SYSTEM SET output_plugin_libraries = ${plugins.list}, citus`);
    await ask('SELECT pg_reload_conf()');
  }
  await erase(client);
  return {
    env,
    ask,
    ops: (...args) => opsAt(URL_OF_CLUSTER, ...args),
    opsAt,
    open: (url = URL_OF_CLUSTER, size = 3) => {
      const made = createDbClient({ config: parseConfig({ POSTGRES_URL: url, DB_POOL_SIZE: String(size) }) });
      clients.push(made);
      return made;
    },
    close: async () => {
      await Promise.all(clients.map((each) => each.close()));
      await client.end();
    },
  };
}

async function erase(client: Client): Promise<void> {
  const tables = await client.query('SELECT logicalrelid::text AS name FROM pg_dist_partition');
  for (const { name } of tables.rows) {
    const there = await client.query(
      `SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass('${name}')`,
    );
    if (there.rows.length > 0)
      await client.query(`SELECT undistribute_table('${name}', cascade_via_foreign_keys => true)`);
  }
  for (const schema of ['vatevo_distribution', 'vatevo_cutover', 'vatevo_transfer'])
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  const { rows } = await client.query(OURS);
  for (const { object } of rows) await client.query(`DROP ${object} CASCADE`);
}
