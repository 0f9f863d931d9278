import { type TestDatabase, testDatabase, testServerUrl } from '@vatevo/local-postgres/vitest';
import pg from 'pg';

export interface TestTarget {
  /** Without the password, as a configuration file should hold it. */
  readonly url: string;
  readonly password: string;
  readonly database: TestDatabase;
}

/** An empty database of its own on the test server. */
export async function postgresTarget(): Promise<TestTarget> {
  const database = await testDatabase();
  return { ...split(database.url), database };
}

/** The test server, for a database that need not exist. */
export async function serverTarget(database: string): Promise<Omit<TestTarget, 'database'>> {
  return split(await testServerUrl(database));
}

function split(full: string): { url: string; password: string } {
  const url = new URL(full);
  const password = decodeURIComponent(url.password);
  url.password = '';
  return { url: url.href, password };
}

/** Runs a statement and returns its rows. */
export async function query<T extends pg.QueryResultRow>(
  connectionString: string,
  sql: string,
  values: unknown[] = [],
): Promise<T[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<T>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** Names of the shadow databases on the test server that this role owns. */
export async function shadowDatabases(owner = 'postgres'): Promise<string[]> {
  const rows = await query<{ datname: string }>(
    await testServerUrl(),
    `SELECT datname FROM pg_database
     WHERE datname LIKE 'prisma\\_migrate\\_shadow\\_db\\_%' AND pg_get_userbyid(datdba) = $1`,
    [owner],
  );
  return rows.map(({ datname }) => datname);
}
