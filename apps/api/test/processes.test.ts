import { execFileSync } from 'node:child_process';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@vatevo/db/testing';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionsOf } from '../src/processes/budget.ts';
import { Counts } from '../src/processes/counts.ts';
import { readSettings } from '../src/settings.ts';
import { type ApiProcess, ApiProcesses } from './support/api-process.ts';
import { Client } from './support/client.ts';
import { Load } from './support/load.ts';
import { readSamples, total } from './support/samples.ts';

const isLong = process.env.VATEVO_TEST_LONG !== undefined;
const processes = new ApiProcesses();
let database: TestDatabase;
let POSTGRES_URL: string;
let api: ApiProcess;
let url: string;
let client: Client;
// A thread of its own, which is not what is asked about here.
const SMALL = { DB_POOL_SIZE: '3', DB_POOL_MIN: '1', VATEVO_WEBHOOKS: 'off' };

beforeAll(async () => {
  database = await createTestDatabase({ postgres: await testServerUrl() });
  POSTGRES_URL = String(database.env.POSTGRES_URL);
  api = await processes.start({
    POSTGRES_URL,
    WEB_CONCURRENCY: '2',
    VATEVO_RATE_LIMIT: '100000',
    ...SMALL,
  });
  url = await api.url();
  await listening(api, 2);
  client = new Client(url);
});
afterAll(async () => {
  await processes.end();
  await database?.drop();
});

/** Resolves when so many of them answer. */
async function listening({ output }: ApiProcess, count: number): Promise<void> {
  while (output.stdout.split('"msg":"listening"').length <= count) await sleep(50);
}

async function query(text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: POSTGRES_URL, ssl: false });
  await client.connect();
  return client.query(text).finally(() => client.end());
}

/** The processes that answer, by what the system says of them. */
function children(parent: number): number[] {
  const listed = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' });
  return listed
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, ppid]) => ppid === parent)
    .map(([pid = 0]) => pid);
}

/** A caller that keeps its connection, as those behind a proxy do; resolves with what failed. */
async function keepAsking(key: string, isOver: () => boolean): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const failures: string[] = [];
  while (!isOver()) {
    const outcome = await new Promise<string>((resolve) => {
      const sent = request(`${url}/invoices?limit=1`, { agent, headers: { authorization: `Bearer ${key}` } });
      sent.on('response', (response) => {
        response.resume();
        response.once('end', () => resolve(String(response.statusCode)));
      });
      sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      sent.end();
    });
    if (outcome !== '200') failures.push(outcome);
    await sleep(isLong ? 5 : 100);
  }
  agent.destroy();
  return failures;
}

describe('several processes', () => {
  it('show the metrics of all, wherever they are asked for', async () => {
    const key = await client.newTenant();
    const load = new Load(url, key, 4);
    await expect.poll(() => load.created.length, { timeout: 20_000 }).toBeGreaterThan(20);
    await load.stop();
    const made = load.outcomes.length;
    for (let i = 0; i < 4; i++) {
      const samples = readSamples((await client.get('/metrics')).body);
      expect(total(samples, 'http_server_request_duration_seconds_count', { http_route: '/invoices' })).toBe(
        load.created.length,
      );
      expect(total(samples, 'db_client_connection_max')).toBe(6);
      expect(total(samples, 'vatevo_database_up')).toBe(1);
    }
    expect(made).toBe(2 * load.created.length);
  });

  it('are replaced at SIGHUP without a failed request, and without a count that shrinks', async () => {
    const key = await client.newTenant();
    const before = children(api.child.pid as number);
    expect(before).toHaveLength(2);
    const counted = async () =>
      total(readSamples((await client.get('/metrics')).body), 'http_server_request_duration_seconds_count', {
        http_route: '/invoices',
      });
    const start = await counted();
    let isOver = false;
    const keeping = Array.from({ length: 4 }, () => keepAsking(key, () => isOver));
    const load = new Load(url, key, 2);
    await expect.poll(() => load.created.length).toBeGreaterThan(10);
    api.child.kill('SIGHUP');
    await api.logged('processes replaced');
    const after = children(api.child.pid as number);
    expect(after).toHaveLength(2);
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    await load.stop();
    isOver = true;
    expect((await Promise.all(keeping)).flat()).toEqual([]);
    expect(load.outcomes.filter(({ status }) => status !== 200)).toEqual([]);
    expect((await counted()) - start).toBeGreaterThanOrEqual(load.created.length);
  }, 240_000);

  it('start again what ends by itself', async () => {
    const [one = 0] = children(api.child.pid as number);
    process.kill(one, 'SIGKILL');
    await api.logged('ended by itself');
    await expect.poll(() => children(api.child.pid as number).length, { timeout: 15_000 }).toBe(2);
    expect((await client.get('/health')).status).toBe(200);
  });

  it.runIf(isLong)(
    'are as many as before when one ends while they are replaced',
    async () => {
      const before = children(api.child.pid as number);
      const replaced = () => api.output.stdout.split('processes replaced').length;
      const rounds = replaced();
      api.child.kill('SIGHUP');
      process.kill(Math.max(...before), 'SIGKILL');
      await expect.poll(replaced, { timeout: 120_000 }).toBe(rounds + 1);
      const after = children(api.child.pid as number);
      expect(after.filter((pid) => before.includes(pid))).toEqual([]);
      expect(after).toHaveLength(2);
    },
    240_000,
  );

  it('count for their limits together', async () => {
    const statuses: number[] = [];
    // Both are asked: ten at a time come over ten connections.
    for (let batch = 0; batch < 13; batch++) {
      const guesses = Array.from({ length: 10 }, (_, i) =>
        client.get('/tenants/me', { key: `${batch}-${i}` }),
      );
      statuses.push(...(await Promise.all(guesses)).map(({ status }) => status));
    }
    const wrong = statuses.filter((status) => status === 401).length;
    // Each on its own would look at 60, and at no more than 8 at the same time.
    expect(wrong).toBeGreaterThanOrEqual(60);
    expect(wrong).toBeLessThan(60 + 2 * 8);
    expect(statuses.filter((status) => status === 429)).toHaveLength(130 - wrong);
  });

  it('end together, with 0 when all is answered', async () => {
    api.child.kill('SIGTERM');
    expect(await api.exit).toBe(0);
    expect(api.output.stderr).toBe('');
  });

  it('count for the limit of a tenant together, and take a replaced key for as long as each other', async () => {
    const limited = await processes.start({
      POSTGRES_URL,
      WEB_CONCURRENCY: '2',
      VATEVO_RATE_LIMIT: '30',
      ...SMALL,
    });
    const asked = new Client(await limited.url());
    await listening(limited, 2);
    // Both are asked: what comes at the same time comes over several connections, of which each gets every other one.
    const answers = async (count: number, key: string) => {
      const asking = Array.from({ length: count }, () => asked.get('/tenants/me', { key }));
      return (await Promise.all(asking)).map(({ status }) => status);
    };
    const statuses = await answers(60, await asked.newTenant());
    expect(statuses.filter((status) => status === 200)).toHaveLength(30);

    const old = await asked.newTenant();
    const body = { grace_seconds: 3600 };
    const { api_key: key } = (await asked.post('/tenants/me/api-key', { key: old, body })).body;
    expect(new Set([...(await answers(8, old)), ...(await answers(8, key))])).toEqual(new Set([200]));
    await query('UPDATE tenants SET old_api_key_until = now() WHERE old_api_key_until IS NOT NULL');
    expect(new Set(await answers(8, old))).toEqual(new Set([401]));
    expect(new Set(await answers(8, key))).toEqual(new Set([200]));
    // Ended while they are replaced: nothing has failed.
    limited.child.kill('SIGHUP');
    limited.child.kill('SIGTERM');
    expect(await limited.exit).toBe(0);
    expect(limited.output.stdout).not.toContain('"level":"error"');
  });

  it('are not started when the server does not allow their connections, with the figures', async () => {
    const many = await processes.start({ POSTGRES_URL, WEB_CONCURRENCY: '100' });
    expect(await many.exit).toBe(2);
    const max = Number((await query('SHOW max_connections')).rows[0].max_connections);
    expect(many.output.stderr).toContain(
      `WEB_CONCURRENCY is 100, for which 1216 connections may be opened ((100 + 1 while they are replaced) × (DB_POOL_SIZE 10 + 2) + 4 for webhooks), and the server allows ${max - 3} (max_connections ${max}, 3 of them reserved)`,
    );
    expect(many.output.stdout).not.toContain('listening');
  });

  it('say once why they cannot start', async () => {
    const taken = await processes.start({
      POSTGRES_URL,
      WEB_CONCURRENCY: '1',
      HOST: '192.0.2.1',
    });
    expect(await taken.exit).toBe(1);
    expect(taken.output.stderr).toMatch(/^Cannot listen on 192\.0\.2\.1:0: .*\n$/);
  });
});

describe('what they need', () => {
  it('is computed as documented', () => {
    const config = { POSTGRES_URL: 'postgresql://a:b@c/d', DB_POOL_SIZE: '10' };
    expect(connectionsOf(4, readSettings(config)).total).toBe(5 * 12 + 4);
    expect(connectionsOf(4, readSettings({ ...config, VATEVO_WEBHOOKS: 'off' })).total).toBe(5 * 12);
    const follow = { VATEVO_FOLLOW_CUTOVER: '1', DATABASE_URL: 'file:./vatevo.db' };
    expect(connectionsOf(4, readSettings({ ...config, ...follow })).total).toBe(5 * 12 + 4 + 4 + 3);
  });

  it.each(['0', '-1', '1.5', 'many', '1000'])('is not said by WEB_CONCURRENCY=%s', (WEB_CONCURRENCY) => {
    expect(() => readSettings({ WEB_CONCURRENCY })).toThrow(/WEB_CONCURRENCY/);
  });

  it('is one process with SQLite', () => {
    expect(() => readSettings({ WEB_CONCURRENCY: '2' })).toThrow(/a SQLite file belongs to one/);
    expect(readSettings({ WEB_CONCURRENCY: '1' }).processes).toBe(1);
    expect(readSettings({}).processes).toBeUndefined();
  });
});

it('counts by name and key', () => {
  const counts = new Counts();
  const key = { name: 'tenant', key: '1' };
  expect(counts.answer('count', key)).toBeUndefined();
  // An answer that is sent later is the one that was given.
  const answers = [counts.answer('increment', key), counts.answer('increment', key)];
  expect(answers.map((count) => count?.hits)).toEqual([1, 2]);
  counts.answer('decrement', key);
  expect(counts.answer('count', key)?.hits).toBe(1);
  expect(counts.answer('count', { ...key, name: 'address' })).toBeUndefined();
});
