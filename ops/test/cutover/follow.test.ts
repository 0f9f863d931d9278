import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@vatevo/db/testing';
import type { TestDatabase } from '@vatevo/local-postgres/vitest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { preparedTarget } from '../support/prepared.ts';
import { type Running, root, start } from '../support/run-script.ts';
import { sql } from '../support/sql.ts';
import { LONG } from '../transfer/support/bench.ts';
import { callOps, startOps } from '../transfer/support/command.ts';
import { ServiceLoad } from './support/service-load.ts';

const API = join(root, 'apps/api/dist/main.js');
/** In the short suite few ask, and seldom: more would take all processors, and the commands would be the slower for it. */
const LOAD = LONG ? { writers: 3, readers: 2 } : { writers: 2, readers: 1, pauseMs: 200 };
/** The second one ends there again; that commands do so is shown without load, too. */
const ROUNDS = LONG ? ['first', 'second'] : ['first'];

let folder: string;
let file: string;
let database: TestDatabase;
let apis: Running[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vatevo-follow-'));
  file = join(folder, 'vatevo.db');
  database = await preparedTarget();
  apis = [];
  const { env, drop } = await createTestDatabase();
  await copyFile(String(env.DATABASE_URL).replace('file:', ''), file);
  await drop();
});
afterEach(async () => {
  for (const { child, ended } of apis) {
    child.kill('SIGKILL');
    await ended;
  }
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function ops(...[command = '', ...args]: string[]): Promise<void> {
  const { code, stderr } = await callOps(command, args, database.url);
  expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
}

async function startApi(env: Record<string, string>): Promise<{ api: Running; url: string }> {
  const api = start('node', [API], { cwd: folder, env: { PORT: '0', VATEVO_RATE_LIMIT: '0', ...env } });
  apis.push(api);
  let log = '';
  api.child.stdout?.on('data', (text) => {
    log += text;
  });
  await api.said('"listening"');
  const line = log.split('\n').find((each) => each.includes('"listening"')) ?? '';
  return { api, url: JSON.parse(line).address };
}

async function newTenant(url: string, webhook_url?: string): Promise<string> {
  const response = await fetch(`${url}/tenants`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Tenant', webhook_url }),
  });
  const { api_key } = (await response.json()) as { api_key: string };
  return api_key;
}

async function health(url: string): Promise<[number, unknown]> {
  const response = await fetch(`${url}/health/db`);
  return [response.status, await response.json()];
}

const HEALTHY = [200, { status: 'ok', database: 'connected' }];
const HANDED_OVER = [503, { status: 'error', database: 'handed over' }];

/** The state of the cutover that the API's database is in. */
async function cutoverState(url: string): Promise<string | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return /^vatevo_cutover_state\{state="(\w+)"\} 1$/m.exec(text)?.[1];
}

/** Whether the process has the SQLite file open, where the system shows that (Linux). */
async function holdsFile({ child }: Running): Promise<boolean> {
  const folder = `/proc/${child.pid}/fd`;
  const open = await readdir(folder).catch(() => []);
  const paths = await Promise.all(open.map((name) => readlink(join(folder, name)).catch(() => '')));
  return paths.includes(file);
}

/** Who is connected to PostgreSQL. */
async function sessions(): Promise<string[]> {
  const rows = await sql<{ name: string }>(
    database.url,
    `SELECT application_name AS name FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  );
  return rows.map(({ name }) => name);
}

/** Resolves when the load has written so much more, and read something in between. */
async function written(load: ServiceLoad, more: number): Promise<void> {
  const goal = load.journal.size + more;
  const { reads } = load;
  await expect.poll(() => load.journal.size, { timeout: 60_000 }).toBeGreaterThanOrEqual(goal);
  await expect.poll(() => load.reads, { timeout: 60_000 }).toBeGreaterThan(reads);
}

/** What a hand-over may cost a client: a moment's writes, told in a way that is safe to repeat. */
function expectOnlyFencedWrites(load: ServiceLoad): void {
  expect(load.failedReads).toEqual([]);
  const unclear = load.failedWrites.filter(
    ({ status, retryAfter, said }) =>
      status !== 503 || retryAfter !== '1' || !said.includes('repeat the request'),
  );
  expect(unclear).toEqual([]);
}

describe('an API with VATEVO_FOLLOW_CUTOVER=1', () => {
  it('follows there, back and there again under load: no failed read, no lost write', {
    timeout: 300_000,
  }, async () => {
    const delivered = new Set<number>();
    const hook = createServer(async (incoming, response) => {
      let body = '';
      for await (const chunk of incoming) body += chunk;
      delivered.add(JSON.parse(body).data.invoice_id);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(hook, 'listening');

    const { api, url } = await startApi({
      VATEVO_FOLLOW_CUTOVER: '1',
      VATEVO_WEBHOOKS: 'on-with-private-addresses',
      DATABASE_URL: `file:${file}`,
      POSTGRES_URL: database.url,
    });
    await expect.poll(() => health(url)).toEqual(HEALTHY);
    const key = await newTenant(url, `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`);
    const load = new ServiceLoad(url, key, LOAD);
    try {
      await written(load, 10);
      for (const round of ROUNDS) {
        await ops('cutover', 'start', '--source', file);
        expect([round, await cutoverState(url)]).toEqual([round, 'capturing']);
        await written(load, 10);
        await ops('cutover', 'finish', '--source', file);
        await expect.poll(() => cutoverState(url), { timeout: 60_000 }).toBe('serving');
        await written(load, 10);
        expect(await health(url)).toEqual(HEALTHY);
        // The one that was left is let go of.
        await expect.poll(() => holdsFile(api)).toBe(false);
        if (round === 'second') break;

        await ops('rollback', '--to', file);
        await expect.poll(() => cutoverState(url), { timeout: 60_000 }).toBeUndefined();
        await written(load, 10);
        // Who serves, and who delivers in a thread of its own, wait for the next hand-over, each by one session.
        await expect.poll(async () => new Set(await sessions())).toEqual(new Set(['vatevo cutover']));
        expect(await health(url)).toEqual(HEALTHY);
      }
      await load.stop();
      expectOnlyFencedWrites(load);
      expect(load.reusedIds).toEqual([]);
      // A refused write left nothing behind, and an acknowledged one is there, under the id that was told.
      expect(await load.stored()).toEqual(load.journal);
      const undelivered = () => [...load.journal.keys()].filter((id) => !delivered.has(id)).length;
      await expect.poll(undelivered, { timeout: 60_000 }).toBe(0);
    } finally {
      await load.stop();
      hook.close();
    }
  });
});

describe.runIf(LONG)('two APIs that follow commands that are killed', () => {
  it('fail no read and lose no write', { timeout: 600_000 }, async () => {
    const env = {
      VATEVO_FOLLOW_CUTOVER: '1',
      DATABASE_URL: `file:${file}`,
      POSTGRES_URL: database.url,
    };
    const urls = await Promise.all([env, env].map(async (each) => (await startApi(each)).url));
    for (const url of urls) await expect.poll(() => health(url)).toEqual(HEALTHY);
    const key = await newTenant(urls[0] ?? '');
    const loads = urls.map((url) => new ServiceLoad(url, key, LOAD));
    const state = () => cutoverState(urls[0] ?? '');
    try {
      for (let round = 0; round < 5; round++) {
        await opsThroughKills('cutover', 'start', '--source', file);
        await opsThroughKills('cutover', 'finish', '--source', file);
        await expect.poll(state, { timeout: 60_000 }).toBe('serving');
        for (const load of loads) await written(load, 10);
        await opsThroughKills('rollback', '--to', file);
        await expect.poll(state, { timeout: 60_000 }).toBeUndefined();
        for (const load of loads) await written(load, 10);
      }
      for (const load of loads) {
        await load.stop();
        expectOnlyFencedWrites(load);
      }
      const journals = loads.flatMap(({ journal }) => [...journal]);
      const all = new Map(journals);
      expect(all.size).toBe(journals.length);
      expect(await loads[0]?.stored()).toEqual(all);
    } finally {
      for (const load of loads) await load.stop();
    }
  });
});

/** Kills a command at any moment of its life, three times, and then lets it come to its end. */
async function opsThroughKills(...[command = '', ...args]: string[]): Promise<void> {
  for (let kills = 0; kills < 3; kills++) {
    const { child, ended } = startOps(command, args, database.url);
    const timer = setTimeout(() => child.kill('SIGKILL'), 500 + Math.random() * 1500);
    const { code } = await ended;
    clearTimeout(timer);
    if (code === 0) return;
  }
  await ops(command, ...args);
}

describe('an API that does not follow', () => {
  it('refuses writes behind the fence and everything after the hand-over, until it is restarted', {
    timeout: 300_000,
  }, async () => {
    const onFile = await startApi({ DATABASE_URL: `file:${file}` });
    const key = await newTenant(onFile.url);
    const before = new ServiceLoad(onFile.url, key, LOAD);
    await written(before, 10);
    await ops('cutover', 'start', '--source', file);
    await ops('cutover', 'finish', '--source', file);
    await expect.poll(() => health(onFile.url), { timeout: 60_000 }).toEqual(HANDED_OVER);
    await before.stop();
    const refused = [...before.failedWrites, ...before.failedReads];
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
    expect(refused.every(({ retryAfter }) => Number(retryAfter) > 0)).toBe(true);
    expect(refused.some(({ said }) => said.includes('repeat the request'))).toBe(true);
    onFile.api.child.kill('SIGTERM');
    expect((await onFile.api.ended).code).toBe(0);

    const onServer = await startApi({ POSTGRES_URL: database.url, DATABASE_URL: `file:${file}` });
    await expect.poll(() => health(onServer.url)).toEqual(HEALTHY);
    const after = new ServiceLoad(onServer.url, key, LOAD);
    await written(after, 10);
    expect([...after.failedReads, ...after.failedWrites]).toEqual([]);
    await ops('rollback', '--to', file);
    await expect.poll(() => health(onServer.url), { timeout: 60_000 }).toEqual(HANDED_OVER);
    await after.stop();
    onServer.api.child.kill('SIGTERM');
    expect((await onServer.api.ended).code).toBe(0);

    const again = await startApi({ DATABASE_URL: `file:${file}` });
    await expect.poll(() => health(again.url)).toEqual(HEALTHY);
    const reader = new ServiceLoad(again.url, key, { writers: 0, readers: 0 });
    expect(await reader.stored()).toEqual(new Map([...before.journal, ...after.journal]));
    expect([...after.journal.keys()].filter((id) => before.journal.has(id))).toEqual([]);
    await reader.stop();
  });
});
