import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestDatabase } from '@vatevo/local-postgres/vitest';
import pg from 'pg';
import { startProgram } from './program.ts';

/*
 * Databases on a cluster of Citus that runs already, for tests where one is named.
 */

/** A superuser's URL of a database on the coordinator: `VATEVO_CITUS_URL`, empty where there is none. */
export const CITUS_URL = process.env.VATEVO_CITUS_URL ?? '';

const root = join(import.meta.dirname, '../../..');
const CHECKSUMS = join(root, 'packages/db/prisma/postgres/migrations/checksums.json');

/** A database on every server of a cluster. */
export interface DistributedDatabase extends TestDatabase {
  /** URL of the coordinator. */
  readonly url: string;
  /** URL of all servers, in any order. */
  readonly anywhere: string;
}

/** A database with our tables, distributed; a copy of one that is made once for all tests. */
export async function distributedDatabase(): Promise<DistributedDatabase> {
  const servers = await serversOf();
  const name = `vatevo_${randomBytes(6).toString('hex')}_test`;
  const template = await templateOf(servers);
  for (const server of servers) await create(server, name, template);
  const url = at(servers[0] as URL, name);
  const all = new URL(url);
  all.searchParams.set('load_balance_hosts', 'random');
  return {
    url: url.href,
    anywhere: all.href.replace(url.host, servers.map(({ host }) => host).join(',')),
    drop: async () => {
      for (const server of servers) await drop(server, name);
    },
  };
}

/** The coordinator first. */
async function serversOf(): Promise<URL[]> {
  const nodes = await run(
    new URL(CITUS_URL),
    `SELECT nodename || ':' || nodeport AS host FROM pg_dist_node WHERE noderole = 'primary' ORDER BY groupid`,
  );
  return nodes.map(({ host }) => {
    const url = new URL(CITUS_URL);
    url.host = host as string;
    return url;
  });
}

async function templateOf(servers: readonly URL[]): Promise<string> {
  const name = `vatevo_template_${createHash('sha256').update(readFileSync(CHECKSUMS)).digest('hex').slice(0, 12)}`;
  const [coordinator, ...workers] = servers as [URL, ...URL[]];
  await connected(coordinator, async (client) => {
    // The server lets go of the lock with the connection.
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
    const { rowCount } = await client.query(
      'SELECT FROM pg_database WHERE datname = $1 AND NOT datallowconn',
      [name],
    );
    if (rowCount !== 0) return;
    for (const server of servers) {
      await drop(server, name);
      await create(server, name, 'template1');
      await run(at(server, name), 'CREATE EXTENSION citus');
    }
    const own = at(coordinator, name);
    await run(own, `SELECT citus_set_coordinator_host('${coordinator.hostname}', ${coordinator.port})`);
    for (const { hostname, port } of workers) await run(own, `SELECT citus_add_node('${hostname}', ${port})`);
    await ops(own, 'prepare-postgres');
    await ops(own, 'distribute', '--shards', '8');
    for (const server of servers.toReversed()) {
      await run(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await run(server, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    }
  });
  return name;
}

/** On one server alone. */
async function create(server: URL, name: string, template: string): Promise<void> {
  await connected(server, async (client) => {
    await client.query('SET citus.enable_create_database_propagation = off');
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    await client.query(`ALTER DATABASE ${name} SET citus.propagate_set_commands = 'local'`);
    await client.query(`ALTER DATABASE ${name} SET timezone = 'UTC'`);
  });
}

/** Citus keeps a process in each database, which may take some time to go. */
async function drop(server: URL, name: string): Promise<void> {
  for (let left = 5; ; left--) {
    try {
      await run(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      return;
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

async function ops(url: URL, ...args: string[]): Promise<void> {
  const { ended } = startProgram(process.execPath, [join(root, 'ops/bin/vatevo-ops.mjs'), ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, POSTGRES_URL: url.href },
  });
  const { code, stdout, stderr } = await ended;
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${stdout}${stderr}`);
}

function at(server: URL, database: string): URL {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url;
}

function run(server: URL, text: string): Promise<Record<string, unknown>[]> {
  return connected(server, async (client) => (await client.query(text)).rows);
}

async function connected<T>(server: URL, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: server.href, ssl: false });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
