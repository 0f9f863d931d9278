import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startLocalPostgres } from './start.ts';

export { canFreeze, freeze } from './freeze.ts';
export { isInstalled } from './programs.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the superuser's database on the server that this test run shares. */
    localPostgresUrl: string;
  }
}

const SETTINGS = {
  max_connections: '200',
  // A visit to each of a hundred databases costs more than what it would tidy up.
  autovacuum: 'off',
  // The log of what nobody will recover, in memory at times.
  max_wal_size: '256MB',
};

/**
 * Vitest's global setup: one server for the whole test run of a package.
 *
 * @example
 * // vitest.config.ts
 * export default defineConfig({ test: { globalSetup: ['@vatevo/local-postgres/vitest'] } });
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startLocalPostgres({ settings: SETTINGS });
  project.provide('localPostgresUrl', server.url());
  return () => server.dispose();
}

/** A database that belongs to one test or test file. */
export interface TestDatabase {
  readonly url: string;
  /** Drops it, disconnecting whoever still uses it. */
  drop(): Promise<void>;
}

/** URL of the shared server for a database of the given name; for a superuser. */
export async function testServerUrl(database = 'postgres'): Promise<string> {
  // Imported here: outside a test, as in the global setup, vitest must not be loaded.
  const { inject } = await import('vitest');
  const shared = inject('localPostgresUrl') as string | undefined;
  if (shared === undefined) {
    throw new Error("Add globalSetup: ['@vatevo/local-postgres/vitest'] to this package's vitest.config.ts.");
  }
  const url = new URL(shared);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

/**
 * Creates an empty database on the shared server.
 *
 * @example
 * const database = await testDatabase();
 * afterAll(() => database.drop());
 */
export async function testDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  // Copied as files: a third of the time that it takes to log each page.
  await administer(`CREATE DATABASE ${name} STRATEGY file_copy`);
  return {
    url: await testServerUrl(name),
    drop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: await testServerUrl(), ssl: false });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
