import path from 'node:path';
import { connect, parsePostgresUrl } from '@vatevo/connection';
import { execa } from 'execa';
import { root } from '../root.ts';
import { API_KEY, prepareDatabase } from './prepare.ts';

/** A cluster of Citus with our tables on it, distributed; and one of its servers alone. */
export interface BenchCluster {
  /** Of a database without the extension on the coordinator's server. */
  readonly alone: string;
  readonly coordinator: string;
  /** All servers, in any order. */
  readonly all: string;
  readonly servers: number;
  /** An invoice of the key's tenant, in each of the databases. */
  readonly invoiceIds: { readonly alone: number; readonly cluster: number };
  /** Drops the database that is no cluster's; the cluster's own stays for the next run. */
  dispose(): Promise<void>;
}

/**
 * @param url a superuser's, of a database on the coordinator; its servers can be reached from here by the names that they have there.
 *   Its name ends in _test. What an earlier run has made is used.
 */
export async function prepareCluster(url: string, invoices: number): Promise<BenchCluster> {
  const target = parsePostgresUrl(url);
  if (!target.database.endsWith('_test')) throw new Error('The name of the database must end in _test.');
  // Before any session that stays: those from before it are refused.
  await ops(url, 'prepare-postgres');
  const client = await connect(target);
  const at = (hosts: string, database: string, more = '') => {
    const login =
      target.password === undefined ? target.user : `${target.user}:${encodeURIComponent(target.password)}`;
    return `postgresql://${login}@${hosts}/${database}?sslmode=disable${more}`;
  };
  try {
    const { rows: there } = await client.query('SELECT FROM public.invoices LIMIT 1');
    if (there.length === 0) await prepareDatabase(url, invoices);
    await ops(url, 'distribute');
    const { rows: nodes } = await client.query<{ host: string }>(
      `SELECT nodename || ':' || nodeport AS host FROM pg_dist_node WHERE noderole = 'primary' ORDER BY groupid`,
    );
    const hosts = nodes.map(({ host }) => host);
    const { rows } = await client.query<{ id: string | null }>(
      `SELECT max(id)::text AS id FROM public.invoices WHERE tenant_id = 1 AND id < 2 ^ 48`,
    );
    if (rows[0]?.id == null)
      throw new Error(`The database holds other rows than those of the tenant of ${API_KEY}.`);
    const database = `${target.database}_alone`;
    const drop = `DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`;
    await client.query(drop);
    await client.query(`CREATE DATABASE "${database}"`);
    const alone = at(`${target.host}:${target.port}`, database);
    const { invoiceId } = await prepareDatabase(alone, invoices);
    return {
      alone,
      coordinator: at(hosts[0] as string, target.database),
      all: at(hosts.join(','), target.database, '&load_balance_hosts=random'),
      servers: hosts.length,
      invoiceIds: { alone: invoiceId, cluster: Number(rows[0].id) },
      dispose: async () => {
        const again = await connect(target);
        await again.query(drop);
        await again.end();
      },
    };
  } finally {
    await client.end();
  }
}

/** Runs a command of ours on the database. */
async function ops(url: string, ...args: string[]): Promise<void> {
  await execa(process.execPath, [path.join(root, 'ops/bin/vatevo-ops.mjs'), ...args], {
    env: { POSTGRES_URL: url },
  });
}
