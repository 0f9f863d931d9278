import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseConfig, parsePostgresUrl } from '@vatevo/connection';
import { preparedDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import { afterAll, beforeAll } from 'vitest';
import { createDbClient, type DbClient } from '../../../src/index.ts';
import { deployMigrations, setUpRoles } from '../../../src/migrations/index.ts';

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

/** With all migrations. */
async function preparedPostgres(): Promise<Store> {
  const { url, drop } = await preparedDatabase('db', async (empty) => {
    await deployMigrations(parsePostgresUrl(empty));
    await setUpRoles(parsePostgresUrl(empty));
  });
  return { env: { POSTGRES_URL: url }, drop };
}

/** A client on a prepared, empty database, for the tests of the calling `describe` block. */
function useClient(createStore: () => Promise<Store>, env: Record<string, string>): () => DbClient {
  let db: DbClient | undefined;
  let store: Store | undefined;
  beforeAll(async () => {
    store = await createStore();
    const config = parseConfig({ ...store.env, ...env });
    await deployMigrations(config.database);
    if (config.database.kind === 'postgres') await setUpRoles(config.database);
    db = createDbClient({ config });
  });
  afterAll(async () => {
    await db?.close();
    await store?.drop();
  });
  return () => db as DbClient;
}

/** Both databases: the contract is the same, and so are its tests. */
export const engines = [
  { name: 'PostgreSQL', kind: 'postgres', createStore: postgresStore, makeStore: preparedPostgres },
  { name: 'SQLite', kind: 'sqlite', createStore: sqliteStore, makeStore: sqliteStore },
].map(({ makeStore, ...engine }) => ({
  ...engine,
  use: (env: Record<string, string> = {}) => useClient(makeStore, env),
}));
