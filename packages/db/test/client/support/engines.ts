import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, parseConfig, parsePostgresUrl } from '@vatevo/connection';
import { testDatabase, testServerUrl } from '@vatevo/local-postgres/vitest';
import { CITUS_URL, distributedDatabase } from '@vatevo/test-kit/citus';
import { afterAll, beforeAll } from 'vitest';
import { createDbClient, type DbClient } from '../../../src/index.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/index.ts';

interface Store {
  /** What the environment says about it. */
  readonly env: Record<string, string>;
  drop(): Promise<void>;
}

export async function sqliteStore(): Promise<Store & { readonly file: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vatevo-db-'));
  const file = path.join(folder, 'vatevo.db');
  return {
    file,
    env: { DATABASE_URL: `file:${file}` },
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}

export async function postgresStore(): Promise<Store> {
  const { url, drop } = await testDatabase();
  return { env: { POSTGRES_URL: url }, drop };
}

/** A client on a prepared, empty database, for the tests of the calling `describe` block. */
function useClient(
  isPostgres: boolean,
  env: Record<string, string>,
  prepare: (url: string) => Promise<void> = async () => undefined,
): () => DbClient {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await createTestDatabase({ postgres: isPostgres ? await testServerUrl() : undefined, env });
    await prepare(database.env.POSTGRES_URL as string);
  });
  afterAll(() => database?.drop());
  return () => (database as TestDatabase).db;
}

/** Makes the client take a database for that of a cluster's coordinator. */
export async function looksLikeCluster(url: string): Promise<void> {
  const client = await connect(parsePostgresUrl(url));
  try {
    await client.query('SET allow_system_table_mods = on');
    await client.query('CREATE TABLE pg_catalog.pg_dist_partition ()');
  } finally {
    await client.end();
  }
}

/** The same on all servers of a cluster. */
function useCluster(env: Record<string, string> = {}): () => DbClient {
  let store: Store | undefined;
  let db: DbClient | undefined;
  beforeAll(async () => {
    store = await clusterStore();
    db = createDbClient({ config: parseConfig({ ...store.env, ...env }) });
  });
  afterAll(async () => {
    await db?.close();
    await store?.drop();
  });
  return () => db as DbClient;
}

async function clusterStore(): Promise<Store> {
  const { url, drop } = await distributedDatabase();
  return { env: { POSTGRES_URL: url }, drop };
}

/** Both databases: the contract is the same, and so are its tests. */
export const engines = [
  { name: 'PostgreSQL', kind: 'postgres', createStore: postgresStore },
  { name: 'SQLite', kind: 'sqlite', createStore: sqliteStore },
].map((engine) => ({
  ...engine,
  use: (env: Record<string, string> = {}) => useClient(engine.kind === 'postgres', env),
}));

/** A cluster where one is named, with all tables distributed. */
const clusters =
  CITUS_URL === '' ? [] : [{ name: 'Citus', kind: 'postgres', createStore: clusterStore, use: useCluster }];

export const enginesAndCitus = [...engines, ...clusters];

/** The same, and PostgreSQL in the statements that distributed tables take. */
export const enginesAndCluster = [
  ...enginesAndCitus,
  {
    name: 'PostgreSQL as a cluster',
    kind: 'postgres',
    createStore: async () => {
      const store = await postgresStore();
      await looksLikeCluster(store.env.POSTGRES_URL as string);
      return store;
    },
    use: (env: Record<string, string> = {}) => useClient(true, env, looksLikeCluster),
  },
];
