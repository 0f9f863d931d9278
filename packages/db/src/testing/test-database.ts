import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseConfig, parsePostgresUrl, withConnection } from '@vatevo/connection';
import { createDbClient } from '../create-db-client.ts';
import type { DbClient } from '../db-client.ts';
import { templateDatabase, templateFile } from './template.ts';

/** A database of a test's own, with all migrations and without rows. */
export interface TestDatabase {
  /** What the environment says about it: `POSTGRES_URL` or `DATABASE_URL`. */
  readonly env: Readonly<Record<string, string>>;
  /** A client on it, made when it is first asked for. */
  readonly db: DbClient;
  /** Closes the client, and removes the database, whoever is still connected to it. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /**
   * URL of a PostgreSQL server, for a login that may create databases: the database is a copy of one that is made once
   * for all tests, and takes milliseconds. Left out: a SQLite file.
   */
  readonly postgres?: string | undefined;
  /** Variables beside the database's own, such as `DB_POOL_SIZE`. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Makes a database for one test file, or one test.
 *
 * @throws ConnectionError when the server cannot be reached
 * @example
 * const database = await createTestDatabase({ postgres: process.env.TEST_POSTGRES_URL });
 * afterAll(() => database.drop());
 * const { tenant } = await makeTenant(database.db);
 */
export async function createTestDatabase({
  postgres,
  env = {},
}: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const store = await (postgres === undefined ? makeFile() : makeDatabase(postgres));
  let db: DbClient | undefined;
  return {
    env: store.env,
    get db() {
      db ??= createDbClient({ config: parseConfig({ ...store.env, ...env }) });
      return db;
    },
    async drop() {
      await db?.close();
      await store.drop();
    },
  };
}

interface Store {
  readonly env: Readonly<Record<string, string>>;
  drop(): Promise<void>;
}

async function makeFile(): Promise<Store> {
  const bytes = await templateFile();
  const folder = await mkdtemp(path.join(tmpdir(), 'vatevo-test-'));
  const file = path.join(folder, 'vatevo.db');
  await writeFile(file, bytes);
  return { env: { DATABASE_URL: `file:${file}` }, drop: () => rm(folder, { recursive: true, force: true }) };
}

async function makeDatabase(serverUrl: string): Promise<Store> {
  const server = parsePostgresUrl(serverUrl);
  const template = await templateDatabase(server);
  const name = `vatevo_test_${randomBytes(6).toString('hex')}`;
  await withConnection(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    env: { POSTGRES_URL: url.href },
    drop: () =>
      withConnection(
        server,
        async (client) => void (await client.query(`DROP DATABASE ${name} WITH (FORCE)`)),
      ),
  };
}
