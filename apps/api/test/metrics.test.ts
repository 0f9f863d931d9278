import { type PostgresTarget, parseConfig } from '@vatevo/connection';
import { deployMigrations, setUpRoles } from '@vatevo/db/migrations';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiProcess, ApiProcesses } from './support/api-process.ts';
import type { Client } from './support/client.ts';
import { engines } from './support/engines.ts';
import { invoiceBody } from './support/invoices.ts';
import { readSamples, type Samples, total } from './support/samples.ts';
import { askWithoutReading } from './support/unread.ts';

async function scrape(client: Client, key?: string): Promise<Samples> {
  const { status, body, headers } = await client.get('/metrics', key === undefined ? {} : { key });
  expect([status, headers.get('content-type')]).toEqual([
    200,
    expect.stringMatching(/^text\/plain; ?version=0\.0\.4/),
  ]);
  return readSamples(body);
}

describe.each(engines)('/metrics on $name', (engine) => {
  const isPostgres = engine.name === 'PostgreSQL';
  const api = engine.startApi({ DB_SLOW_QUERY_MS: '100' });
  const requests = (samples: Samples, labels: Record<string, string | number>) =>
    total(samples, 'http_server_request_duration_seconds_count', labels);

  it('counts requests by method, pattern and status, never by path', async () => {
    const key = await api.client.newTenant();
    const { body } = await api.client.post('/invoices', { key, body: invoiceBody() });
    await api.client.get(`/invoices/${body.id}`, { key });
    await api.client.get('/invoices/4711', { key });
    await api.client.get(`/Invoices/${body.id}/UBL/?secret=sesame`, { key });
    await api.client.get('/made-up/one');
    await api.client.call('PROPFIND', '/made-up/two');
    const samples = await scrape(api.client);
    const route = '/invoices/:invoice_id';
    expect({
      created: requests(samples, { http_request_method: 'POST', http_route: '/invoices' }),
      found: requests(samples, { http_route: route, http_response_status_code: 200 }),
      missing: requests(samples, { http_route: route, http_response_status_code: 404 }),
      ubl: requests(samples, { http_route: `${route}/ubl` }),
      unmatched: requests(samples, { http_route: 'unmatched' }),
      other: requests(samples, { http_request_method: '_OTHER', http_route: 'unmatched' }),
    }).toEqual({ created: 1, found: 1, missing: 1, ubl: 1, unmatched: 2, other: 1 });
    expect([...samples.keys()].join('\n')).not.toMatch(/4711|made-up|sesame/);
    // The scrape itself is under way.
    expect(total(samples, 'http_server_active_requests')).toBe(1);
  });

  it('takes no memory for a client that asks again and again and does not read', async () => {
    const { length } = (await api.client.get('/metrics')).body;
    const before = process.memoryUsage().arrayBuffers;
    await askWithoutReading(api, '/metrics');
    // They are answered with the same look at the database, or the one before it.
    for (let time = 0; time < 2; time++) await api.client.get('/metrics');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * length);
  });

  it('shows the pool, and how long callers waited', async () => {
    const samples = await scrape(api.client);
    expect(total(samples, 'db_client_connection_max')).toBe(isPostgres ? 5 : 1);
    expect(total(samples, 'db_client_connection_count')).toBeGreaterThanOrEqual(1);
    expect(total(samples, 'db_client_connection_pending_requests')).toBe(0);
    expect(total(samples, 'db_client_connection_wait_time_seconds_count')).toBeGreaterThan(0);
    expect(
      total(samples, 'db_client_operation_duration_seconds_count', { db_operation_name: 'SELECT' }),
    ).toBeGreaterThan(0);
  });

  it('shows what is in the database: migrations, transfers, room for ids', async () => {
    const samples = await scrape(api.client);
    expect(total(samples, 'vatevo_database_up')).toBe(1);
    expect(total(samples, 'vatevo_migrations', { state: 'applied' })).toBeGreaterThan(0);
    expect(total(samples, 'vatevo_migrations', { state: 'pending' })).toBe(0);
    expect(samples.get('vatevo_transfers{state="copying"}')).toBe(0);
    expect(total(samples, 'vatevo_identity_highest', { table: 'invoices' })).toBe(1);
    expect(total(samples, 'vatevo_identity_limit', { table: 'invoices' })).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('counts slow queries and logs them without a value, whichever way they are made', async () => {
    const before = total(await scrape(api.client), 'vatevo_db_slow_queries_total');
    const slowly = isPostgres
      ? `SELECT pg_sleep(0.2)::text, 'sesame' AS word`
      : `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500000) SELECT count(*), 'sesame' FROM n`;
    await api.db.$queryRawUnsafe(slowly);
    await api.db.$transaction((inside) =>
      inside.$queryRawUnsafe(`${slowly} WHERE ${isPostgres ? '$1' : '?'} <> ''`, 'barley'),
    );
    if (isPostgres) {
      // A model's and the registry's read are slow when somebody locks the table.
      let unlock = () => {};
      const lock = api.db.$transaction(async (inside) => {
        await inside.$executeRawUnsafe('LOCK TABLE tenants');
        await new Promise<void>((resolve) => {
          unlock = resolve;
        });
      });
      await expect.poll(() => api.db.poolStats().inUse).toBe(1);
      const reads = [
        // Prisma's promises begin their work when somebody waits for them.
        api.db.tenant.findMany({ where: { name: 'barley' } }).then(),
        api.db.registry.findByKeyHash('barley'),
      ];
      const waiting = `SELECT count(*)::int AS n FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND now() - query_start > interval '0.2 s'`;
      await expect
        .poll(() => api.db.$queryRawUnsafe(waiting), { timeout: 20_000 })
        .toEqual([{ n: reads.length }]);
      unlock();
      await Promise.all([lock, ...reads]);
    }
    const slow = total(await scrape(api.client), 'vatevo_db_slow_queries_total') - before;
    expect(slow).toBeGreaterThanOrEqual(isPostgres ? 4 : 2);
    const lines = api
      .log()
      .split('\n')
      .filter((line) => line.includes('slow query'));
    expect(lines.length).toBeGreaterThanOrEqual(slow);
    // Anything can be slow on a busy machine: other statements may stand among them.
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        ms: expect.any(Number),
        statement: expect.stringMatching(/^(SELECT pg_sleep\(\?\)|WITH RECURSIVE)/),
      }),
    );
    expect(lines.join()).not.toMatch(/sesame|barley/);
  });

  it('counts a request that is refused because there are no tables under its own pattern', async () => {
    await api.db.$executeRawUnsafe('ALTER TABLE webhook_events RENAME TO away');
    try {
      await expect
        .poll(async () => (await api.client.get('/invoices/1', { key: 'any' })).status, { timeout: 20_000 })
        .toBe(503);
      const samples = await scrape(api.client);
      const refused = { http_route: '/invoices/:invoice_id', http_response_status_code: 503 };
      expect(requests(samples, refused)).toBe(1);
    } finally {
      await api.db.$executeRawUnsafe('ALTER TABLE away RENAME TO webhook_events');
    }
  });
});

describe('/metrics with VATEVO_METRICS_TOKEN', () => {
  const token = 'scrape-me-if-you-can';
  const api = (engines[0] as (typeof engines)[number]).startApi({ VATEVO_METRICS_TOKEN: token });

  it('is for who has the token', async () => {
    expect((await api.client.get('/metrics')).status).toBe(403);
    const wrong = await api.client.get('/metrics', { key: 'scrape-me-if-you-want' });
    expect([wrong.status, wrong.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    await scrape(api.client, token);
    expect(api.log()).not.toContain(token);
  });
});

describe('/metrics of a process whose database goes away', () => {
  const processes = new ApiProcesses();
  let server: LocalPostgres;
  let api: ApiProcess;
  beforeAll(async () => {
    server = await startLocalPostgres();
    const { database } = parseConfig({ POSTGRES_URL: server.url() });
    await deployMigrations(database);
    await setUpRoles(database as PostgresTarget);
    api = await processes.start({ POSTGRES_URL: server.url(), DB_POOL_SIZE: '2', VATEVO_WEBHOOKS: 'off' });
  });
  afterAll(async () => {
    await processes.end();
    await server?.dispose();
  });

  it('answers all the same: down, why, and nothing that is old', async () => {
    const client = await api.client();
    await api.logged('ready to serve data');
    expect(total(await scrape(client), 'vatevo_database_up')).toBe(1);
    await server.stop('immediate');
    await client.get('/invoices', { key: 'any' });
    const away = await scrape(client);
    expect(total(away, 'vatevo_database_up')).toBe(0);
    for (const gone of ['vatevo_migrations', 'vatevo_identity_highest', 'vatevo_database_latency_seconds'])
      expect([...away.keys()].filter((name) => name.startsWith(gone))).toEqual([]);
    const failures = (reason: string) => total(away, 'vatevo_db_connection_failures_total', { reason });
    expect(failures('lost') + failures('refused')).toBeGreaterThan(0);
    // There from the beginning: a series that starts with its first failure shows no increase.
    expect(away.get('vatevo_db_connection_failures_total{reason="tls"}')).toBe(0);

    await server.start();
    process.kill(server.pid, 'SIGSTOP');
    try {
      const start = performance.now();
      expect(total(await scrape(client), 'vatevo_database_up')).toBe(0);
      expect(performance.now() - start).toBeLessThan(5000);
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    expect(total(await scrape(client), 'vatevo_database_up')).toBe(1);
  });
});
