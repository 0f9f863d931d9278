import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { prismaFolder } from '@vatevo/db/migrations';
import { createTestDatabase, type TestDatabase } from '@vatevo/db/testing';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiProcess, ApiProcesses } from './support/api-process.ts';
import { Balancer } from './support/balancer.ts';
import { Client } from './support/client.ts';
import { Load } from './support/load.ts';

const DEPLOY = path.resolve(import.meta.dirname, '../../../packages/db/bin/vatevo-db.mjs');

/** What three releases change: the second brings a column in place of that of the first, which the third drops. */
const RELEASES = [
  ['29990101000000_first', 'ALTER TABLE "invoices" ADD COLUMN "sent_by" TEXT;'],
  ['29990102000000_expand', 'ALTER TABLE "invoices" ADD COLUMN "channel" TEXT;'],
  ['29990103000000_contract', 'ALTER TABLE "invoices" DROP COLUMN "sent_by";'],
] as const;

/** Processes of a release at a time. */
const PROCESSES = process.env.VATEVO_TEST_LONG === '1' ? 2 : 1;

const folder = mkdtempSync(path.join(tmpdir(), 'vatevo-releases-'));
const processes = new ApiProcesses();
const balancer = new Balancer();
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ postgres: await testServerUrl() });
});
afterAll(async () => {
  balancer.close();
  await processes.end();
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** The variables of a release with so many of the migrations. */
function release(count: number): Record<string, string> {
  const at = path.join(folder, String(count));
  cpSync(prismaFolder, at, { recursive: true });
  for (const [name, script] of RELEASES.slice(0, count)) {
    const migration = path.join(at, 'postgres/migrations', name);
    mkdirSync(migration);
    writeFileSync(path.join(migration, 'migration.sql'), script);
  }
  return { ...database.env, VATEVO_PRISMA_FOLDER: at };
}

/** The job of a release, which is done before its processes are started. */
async function migrate(env: Record<string, string>): Promise<void> {
  await promisify(execFile)(process.execPath, [DEPLOY, 'deploy'], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
  });
}

/** One more process behind the balancer, from when it is ready. */
async function start(env: Record<string, string>): Promise<ApiProcess> {
  const quiet = { VATEVO_RATE_LIMIT: '0', VATEVO_WEBHOOKS: 'off', DB_POOL_SIZE: '4', DB_POOL_MIN: '1' };
  const api = await processes.start({ ...env, ...quiet });
  const url = await api.url();
  await api.logged('ready to serve data');
  expect((await new Client(url).get('/health/db')).body).toEqual({ status: 'ok', database: 'connected' });
  balancer.add(url);
  return api;
}

/** docs/deploy.md, "A release without a failed request". */
it('expands, deploys and contracts under load, and fails no request', async () => {
  const first = release(1);
  await migrate(first);
  const running: ApiProcess[] = [];
  while (running.length < PROCESSES) running.push(await start(first));
  const url = await balancer.start();
  const key = await new Client(url).newTenant();
  const load = new Load(url, key, 3);
  const moreIsDone = async () => {
    const done = load.outcomes.length;
    await expect.poll(() => load.outcomes.length, { timeout: 60_000 }).toBeGreaterThan(done + 10);
  };
  await moreIsDone();
  const second = release(2);
  await migrate(second);
  await moreIsDone();
  for (const old of running) {
    await start(second);
    balancer.remove(await old.url());
    old.child.kill('SIGTERM');
    expect(await old.exit).toBe(0);
    await moreIsDone();
  }
  // The release after it: its migration meets processes of the one before, which no longer use what it drops.
  await migrate(release(3));
  await moreIsDone();
  await load.stop();

  expect(load.outcomes.filter(({ status }) => status !== 200)).toEqual([]);
  expect(load.created.length).toBeGreaterThan(20);
  const last = load.created.at(-1);
  const read = await new Client(url).get(`/invoices/${last}`, { key });
  expect([read.status, read.body.id]).toEqual([200, last]);
}, 300_000);
