import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, parsePostgresUrl } from '@vatevo/connection';
import { testDatabase, testServerUrl } from '@vatevo/local-postgres/vitest';
import { afterAll, beforeAll } from 'vitest';
import type { DbClient } from '../../../src/index.ts';
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

/** Both databases: the contract is the same, and so are its tests. */
export const engines = [
  { name: 'PostgreSQL', kind: 'postgres', createStore: postgresStore },
  { name: 'SQLite', kind: 'sqlite', createStore: sqliteStore },
].map((engine) => ({
  ...engine,
  use: (env: Record<string, string> = {}) => useClient(engine.kind === 'postgres', env),
}));

/** The same, and PostgreSQL in the statements that distributed tables take. */
export const enginesAndCluster = [
  ...engines,
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
