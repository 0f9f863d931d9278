import { type PostgresTarget, parseConfig } from '@vatevo/connection';
import { createDbClient } from '@vatevo/db';
import { deployMigrations, setUpRoles } from '@vatevo/db/migrations';
import type { LocalPostgres } from '@vatevo/local-postgres';
import { standbyPair } from '@vatevo/local-postgres/standby-pair';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { createApp } from '../src/app.ts';
import { createLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics/metrics.ts';
import { listen, urlOf } from '../src/server/listen.ts';
import { readSettings } from '../src/settings.ts';
import { Client } from './support/client.ts';
import { invoiceBody } from './support/invoices.ts';
import { readSamples, total } from './support/samples.ts';

let primary: LocalPostgres;
let replica: LocalPostgres;

const pair = standbyPair(async (server) => {
  const target = parseConfig({ POSTGRES_URL: server.url() }).database as PostgresTarget;
  await deployMigrations(target);
  await setUpRoles(target);
});
beforeAll(() => {
  ({ primary, standby: replica } = pair);
});

async function start(env: Record<string, string> = {}) {
  const config = readSettings({
    VATEVO_ENV: 'test',
    POSTGRES_URL: primary.url(),
    POSTGRES_REPLICA_URLS: replica.url(),
    DB_REPLICA_MAX_LAG_MS: '2000',
    DB_POOL_SIZE: '3',
    ...env,
  });
  const log = createLog({ write: () => undefined });
  const metrics = createMetrics(config, log);
  const db = createDbClient({ config, observer: metrics.observer });
  const server = await listen(createApp({ db, config, log, metrics }), { host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await db.close();
  });
  const client = new Client(urlOf(server));
  const metric = async (name: string, labels: Record<string, string> = {}) => {
    const response = await fetch(`${urlOf(server)}/metrics`);
    return total(readSamples(await response.text()), name, labels);
  };
  /** How many reads went there so far. */
  const reads = (from: string) => metric('vatevo_db_tenant_reads_total', { from });
  return { client, reads, metric };
}

it('a client reads from a replica what it wrote, and needs to do nothing for it', async () => {
  const { client, reads } = await start();
  const key = await client.newTenant();
  const list = () => client.get('/invoices', { key });
  await expect
    .poll(async () => {
      await list();
      return reads('replica');
    })
    .toBeGreaterThan(0);
  for (let round = 0; round < 20; round++) {
    const { body, headers } = await client.post('/invoices', { key, body: invoiceBody() });
    expect(headers.get('vatevo-position')).toMatch(/^\d+\/[0-9A-F]+\/[0-9A-F]+$/);
    const read = await client.get(`/invoices/${body.id}`, { key });
    expect(read.status).toBe(200);
    expect(read.headers.get('vatevo-position')).toBeNull();
    expect((await client.get(`/invoices/${body.id}/ubl`, { key })).status).toBe(200);
  }
  const before = await reads('replica');
  // What leads to a write is decided on the primary.
  await client.post('/invoices/1/retry', { key });
  await client.call('PATCH', '/tenants/me/webhook', { key, body: { paused: true } });
  expect(await reads('replica')).toBe(before);
});

it('a replica that is no standby of the primary is told by the metrics', async () => {
  const { client, metric } = await start({ POSTGRES_REPLICA_URLS: `${replica.url()} ${primary.url()}` });
  const key = await client.newTenant();
  expect(await metric('vatevo_db_replicas')).toBe(2);
  await expect
    .poll(async () => {
      await client.get('/invoices', { key });
      return metric('vatevo_db_replicas_up');
    })
    .toBe(1);
});

it('where others answer, too, a replica does for those alone who say what they wrote', async () => {
  const { client, reads } = await start({ VATEVO_REPLICA_READS: 'header' });
  const key = await client.newTenant();
  const { headers, body } = await client.post('/invoices', { key, body: invoiceBody() });
  const position = headers.get('vatevo-position') ?? '';
  await client.get('/invoices', { key });
  const sum = async () =>
    (await reads('replica')) + (await reads('primary-unknown')) + (await reads('primary-behind'));
  expect(await sum()).toBe(0);
  await expect
    .poll(async () => {
      const read = await client.get(`/invoices/${body.id}`, {
        key,
        headers: { 'Vatevo-Position': position },
      });
      expect(read.status).toBe(200);
      return reads('replica');
    })
    .toBeGreaterThan(0);
  // What is no position fails nobody.
  const before = await reads('replica');
  expect((await client.get('/invoices', { key, headers: { 'Vatevo-Position': '1/x' } })).status).toBe(200);
  expect(await reads('replica')).toBe(before);
});
