import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDbClient, type DbClient } from '@vatevo/db';
import { createTestDatabase } from '@vatevo/db/testing';
import { testDatabase, testServerUrl } from '@vatevo/local-postgres/vitest';
import { CITUS_URL, distributedDatabase } from '@vatevo/test-kit/citus';
import { afterAll, beforeAll } from 'vitest';
import { createApp } from '../../src/app.ts';
import { createLog, type Log } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { listen, urlOf } from '../../src/server/listen.ts';
import { type ApiConfig, readSettings } from '../../src/settings.ts';
import { Client } from './client.ts';

/** An API on a prepared, empty database of its own, listening on a free port. */
export interface TestApi {
  readonly client: Client;
  readonly db: DbClient;
  readonly url: string;
  readonly config: ApiConfig;
  readonly rawLog: Log;
  /** Everything logged so far. */
  log(): string;
}

interface TestStore {
  /** What the environment says about it. */
  readonly env: Record<string, string>;
  drop(): Promise<void>;
}

async function sqliteStore(): Promise<TestStore> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vatevo-api-'));
  return {
    env: { DATABASE_URL: `file:${path.join(folder, 'vatevo.db')}` },
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}

async function postgresStore(): Promise<TestStore> {
  const { url, drop } = await testDatabase();
  return { env: { POSTGRES_URL: url }, drop };
}

async function startOn(store: TestStore, env: Record<string, string>) {
  const config = readSettings({ VATEVO_ENV: 'test', DB_POOL_SIZE: '5', ...store.env, ...env });
  let logged = '';
  const log = createLog({
    write(line) {
      logged += line;
    },
  });
  const metrics = createMetrics(config, log);
  const db = createDbClient({ config, observer: metrics.observer });
  const server: Server = await listen(createApp({ db, config, log, metrics }), {
    host: '127.0.0.1',
    port: 0,
  });
  const url = urlOf(server);
  return {
    parts: { client: new Client(url), db, url, config, rawLog: log, log: () => logged },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await db.close();
      await store.drop();
    },
  };
}

async function clusterStore(): Promise<TestStore> {
  const { url, drop } = await distributedDatabase();
  return { env: { POSTGRES_URL: url }, drop };
}

interface Engine {
  readonly name: string;
  readonly createStore: () => Promise<TestStore>;
  /** With all migrations. */
  readonly prepare: () => Promise<TestStore>;
}

const withApi = ({ name, createStore, prepare }: Engine) => ({
  name,
  createStore,
  /** Starts an API for the tests of the calling `describe` block and stops it after them. */
  startApi(env: Record<string, string> = {}): TestApi {
    let running: Awaited<ReturnType<typeof startOn>> | undefined;
    beforeAll(async () => {
      running = await startOn(await prepare(), env);
    });
    afterAll(() => running?.stop());
    const started = () => {
      if (!running) throw new Error('The API starts before the tests: use it inside of one.');
      return running.parts;
    };
    return {
      get client() {
        return started().client;
      },
      get db() {
        return started().db;
      },
      get url() {
        return started().url;
      },
      get config() {
        return started().config;
      },
      get rawLog() {
        return started().rawLog;
      },
      log: () => started().log(),
    };
  },
});

/** Both databases: every contract test runs over each and expects the same answers. */
export const engines = [
  { name: 'SQLite', createStore: sqliteStore, prepare: () => createTestDatabase() },
  {
    name: 'PostgreSQL',
    createStore: postgresStore,
    prepare: async () => createTestDatabase({ postgres: await testServerUrl() }),
  },
].map(withApi);

/** The same, and a cluster with all tables distributed, where one is named. */
export const enginesAndCitus =
  CITUS_URL === ''
    ? engines
    : [...engines, withApi({ name: 'Citus', createStore: clusterStore, prepare: clusterStore })];
