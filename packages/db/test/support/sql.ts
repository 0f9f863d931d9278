import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type PostgresTarget, parsePostgresUrl } from '@vatevo/connection';
import { type TestDatabase, testDatabase, testServerUrl } from '@vatevo/local-postgres/vitest';
import type pg from 'pg';
import { onTestFinished } from 'vitest';
import { createTestDatabase } from '../../src/testing/index.ts';

/** An empty database of its own, gone when the test has ended. */
export async function emptyPostgres(): Promise<{ url: string; target: PostgresTarget }> {
  const database: TestDatabase = await testDatabase();
  onTestFinished(() => database.drop());
  return { url: database.url, target: parsePostgresUrl(database.url) };
}

/** A database with all migrations of this release, and with the API's roles. */
export async function preparedDatabase(): Promise<TestDatabase> {
  const { env, drop } = await createTestDatabase({ postgres: await testServerUrl() });
  return { url: String(env.POSTGRES_URL), drop };
}

/** The same, gone when the test has ended. */
export async function preparedPostgres(): Promise<{ url: string; target: PostgresTarget }> {
  const { url, drop } = await preparedDatabase();
  onTestFinished(drop);
  return { url, target: parsePostgresUrl(url) };
}

/** A connection that ends with the test. */
export async function session(target: PostgresTarget): Promise<pg.Client> {
  const client = await connect(target);
  onTestFinished(() => client.end());
  return client;
}

/** Runs a statement on a connection of its own and returns its rows. */
export async function query<Row extends pg.QueryResultRow = Record<string, unknown>>(
  target: PostgresTarget,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = await connect(target);
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** Asks again and again until the answer is yes; the test's own time-out is the end of it. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}
