import { rename } from 'node:fs/promises';
import path from 'node:path';
import { type PostgresTarget, parseConfig } from '@vatevo/connection';
import { deployMigrations, setUpRoles } from '@vatevo/db/migrations';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { canFreeze, freeze } from '@vatevo/local-postgres/vitest';
import { droppingPort } from '@vatevo/test-kit/dropping-port';
import { type SwitchableProxy, startProxy } from '@vatevo/test-kit/switchable-proxy';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiProcess, ApiProcesses } from './support/api-process.ts';
import { callEveryRoute, statusesOf } from './support/every-route.ts';
import { invoiceBody } from './support/invoices.ts';

const PASSWORD = 'open-sesame-9xq';
const HEALTHY = [200, { status: 'ok', database: 'connected' }];

/** What health promises, in milliseconds: an answer, and that a return is noticed. */
const PROMISED = 5000;

/** Each process that is started takes two seconds of the processor. */
const LONG = process.env.VATEVO_TEST_LONG === '1';

const processes = new ApiProcesses();
afterAll(() => processes.end());

/** Asks `/health/db`, which has to answer in time whatever it answers. */
async function health(api: ApiProcess): Promise<[number, unknown]> {
  const client = await api.client();
  const start = performance.now();
  const { status, body, headers } = await client.get('/health/db');
  expect(performance.now() - start).toBeLessThan(PROMISED);
  expect(headers.get('cache-control')).toBe('no-store');
  return [status, body];
}

/** The database is back: health has to say so within the time promised. */
const recovers = (api: ApiProcess) =>
  expect.poll(() => health(api), { timeout: PROMISED, interval: 50 }).toEqual(HEALTHY);

const error = (reason: string) => [503, { status: 'error', database: reason }];

async function stillAlive(api: ApiProcess): Promise<void> {
  const client = await api.client();
  expect([(await client.get('/health')).status, (await client.get('/healthz')).status]).toEqual([200, 200]);
}

describe('/health/db of a process on PostgreSQL', () => {
  const SIZE = 2;
  let server: LocalPostgres;
  let proxy: SwitchableProxy;
  let api: ApiProcess;
  let admin: pg.Client;

  const connectAdmin = async (database: string) => {
    const client = new pg.Client({ connectionString: server.url(database), ssl: false });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };

  /** The API's sessions by the name they give themselves. */
  const sessions = async (): Promise<Record<string, number>> => {
    const { rows } = await admin.query(
      `SELECT application_name AS name, count(*)::int AS n FROM pg_stat_activity WHERE usename = 'app' GROUP BY 1`,
    );
    return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
  };

  beforeAll(async () => {
    server = await startLocalPostgres();
    await server.createDatabase('health');
    const { database } = parseConfig({ POSTGRES_URL: server.url('health') });
    await deployMigrations(database);
    await setUpRoles(database as PostgresTarget);
    admin = await connectAdmin('health');
    await admin.query(`CREATE ROLE app LOGIN PASSWORD '${PASSWORD}' IN ROLE vatevo_app, vatevo_jobs`);
    proxy = await startProxy(server.host, server.port);
    api = await processes.start({
      // The operator's own bound, which counts: waits for locks are to last here as long as the tests want.
      POSTGRES_URL: `postgresql://app:${PASSWORD}@127.0.0.1:${proxy.port}/health?lock_timeout=60000`,
      DB_POOL_SIZE: String(SIZE),
      // They would ask the database at times of their own.
      VATEVO_WEBHOOKS: 'off',
    });
    await api.url();
  });
  afterAll(async () => {
    await processes.end();
    await admin?.end().catch(() => undefined);
    await proxy?.close();
    await server?.dispose();
    expect(api.output.stdout + api.output.stderr).not.toContain(PASSWORD);
  });

  it('leaves no session behind, and takes none of the pool', async () => {
    await recovers(api);
    for (let round = 0; round < 20; round++) expect(await health(api)).toEqual(HEALTHY);
    await expect.poll(sessions, { timeout: PROMISED }).toEqual({ vatevo: SIZE });
  });

  it('is not asked by liveness', async () => {
    // The pool is at rest, and what readiness found still counts for a while or not: liveness does not care.
    await expect.poll(sessions, { timeout: PROMISED }).toEqual({ vatevo: SIZE });
    const before = [proxy.accepted, proxy.received];
    for (let round = 0; round < 20; round++) await stillAlive(api);
    expect([proxy.accepted, proxy.received]).toEqual(before);
  });

  it('server stopped: refused, and well again after its return', async () => {
    await server.stop('immediate');
    // The proxy takes connections for a server that does not: to clients they are lost.
    expect(await health(api)).toEqual(error('lost'));
    const direct = LONG
      ? await processes.start({ POSTGRES_URL: server.url('health'), DB_POOL_SIZE: '1' })
      : undefined;
    if (direct) expect(await health(direct)).toEqual(error('refused'));
    await stillAlive(api);
    await server.start();
    await Promise.all([api, ...(direct ? [direct] : [])].map(recovers));
    admin = await connectAdmin('health');
    direct?.child.kill('SIGKILL');
    await direct?.exit;
  });

  it('black hole that takes connections: timeout, one check for all who ask', async () => {
    proxy.swallow(true);
    try {
      const before = proxy.accepted;
      const answers = await Promise.all(Array.from({ length: 40 }, () => health(api)));
      expect(answers).toEqual(Array(40).fill(error('timeout')));
      // One for the checks; the pool may be opening its own again.
      expect(proxy.accepted - before).toBeLessThanOrEqual(1 + SIZE);
      await stillAlive(api);
    } finally {
      proxy.swallow(false);
    }
    await recovers(api);
    await expect.poll(sessions, { timeout: PROMISED }).toEqual({ vatevo: SIZE });
  });

  it('black hole behind connections that are open: every route is 503 in time', {
    timeout: 60_000,
  }, async () => {
    const routed = await processes.start({
      POSTGRES_URL: `postgresql://app:${PASSWORD}@127.0.0.1:${proxy.port}/health`,
      DB_POOL_SIZE: '8',
      DB_POOL_TIMEOUT: '2',
      VATEVO_WEBHOOKS: 'off',
    });
    const client = await routed.client();
    const values = { invoice_id: 1, event_id: 1, tenant_id: 2_147_483_647 };
    const key = await client.newTenant();
    const before = statusesOf(await callEveryRoute(client, key, values));
    expect([...before.values()].filter((status) => status >= 500)).toEqual([]);
    proxy.swallow(true);
    try {
      const during = statusesOf(await callEveryRoute(client, key, values));
      expect([...during.values()]).toEqual(Array(during.size).fill(503));
    } finally {
      proxy.swallow(false);
    }
    await recovers(routed);
    await expect.poll(async () => (await client.get('/invoices', { key })).status).toBe(200);
    routed.child.kill('SIGKILL');
    await routed.exit;
    await recovers(api);
  });

  it.runIf(LONG && process.platform === 'linux')(
    'packets dropped (skipped where the system does not drop them for a full line): timeout',
    async () => {
      const hole = await droppingPort();
      try {
        const lost = await processes.start({
          POSTGRES_URL: `postgresql://app:${PASSWORD}@127.0.0.1:${hole.port}/health`,
        });
        expect(await health(lost)).toEqual(error('timeout'));
        await stillAlive(lost);
        lost.child.kill('SIGKILL');
        await lost.exit;
      } finally {
        await hole.close();
      }
    },
  );

  it.runIf(canFreeze)('server frozen: timeout (needs /proc)', async () => {
    const thaw = freeze(server);
    try {
      expect(await health(api)).toEqual(error('timeout'));
      await stillAlive(api);
    } finally {
      thaw();
    }
    await recovers(api);
    await expect.poll(sessions, { timeout: PROMISED }).toEqual({ vatevo: SIZE });
  });

  it('pool exhausted: degraded, at once and for as long as it lasts', async () => {
    const client = await api.client();
    // As many tenants as connections: one alone is given half of them.
    await admin.query(
      `INSERT INTO tenants (name, api_key_hash, api_key_prefix, webhook_url)
       SELECT 'T', encode(sha256(convert_to('key of ' || n, 'UTF8')), 'hex'), '', 'https://receiver.example/'
       FROM generate_series(0, ${SIZE - 1}) AS n`,
    );
    const keys = Array.from({ length: SIZE }, (_, n) => `key of ${n}`);
    for (const key of keys)
      expect((await client.post('/invoices', { key, body: invoiceBody() })).status).toBe(200);
    const { rows: events } = await admin.query(
      `SELECT id FROM (SELECT id FROM webhook_events ORDER BY id DESC LIMIT ${SIZE}) AS last ORDER BY id`,
    );
    // Rows alone, and none of tenants: those locks are told of by another word.
    await admin.query('BEGIN; SELECT FROM webhook_events FOR UPDATE');
    const stuck: ReturnType<typeof client.get>[] = [];
    const ask = () => {
      const n = stuck.length % SIZE;
      stuck.push(client.post(`/tenants/me/webhook/events/${events[n].id}/send`, { key: keys[n] as string }));
    };
    const waiting = async () => {
      const { rows } = await admin.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'app' AND wait_event_type = 'Lock'`,
      );
      return rows[0].n;
    };
    for (let taken = 1; taken <= SIZE; taken++) {
      ask();
      await expect.poll(waiting, { timeout: PROMISED }).toBe(taken);
    }
    for (let more = 0; more < SIZE * 2; more++) ask();
    const degraded = [503, { status: 'degraded', database: 'pool exhausted' }];
    for (let round = 0; round < 3; round++) expect(await health(api)).toEqual(degraded);
    await stillAlive(api);
    await admin.query('ROLLBACK');
    await recovers(api);
    expect((await Promise.all(stuck)).map(({ status }) => status)).toEqual(Array(SIZE * 3).fill(200));
    await expect.poll(sessions, { timeout: PROMISED }).toEqual({ vatevo: SIZE });
  });

  it('a pool that is busy, with connections coming free, is healthy', async () => {
    const client = await api.client();
    let busy = true;
    const callers = Array.from({ length: SIZE * 4 }, async () => {
      while (busy) expect((await client.get('/tenants/me', { key: 'nobody' })).status).toBe(401);
    });
    for (let round = 0; round < 5; round++) expect(await health(api)).toEqual(HEALTHY);
    busy = false;
    await Promise.all(callers);
  });

  it('password rotated: authentication, and the new sentence is in the log', async () => {
    await admin.query(`ALTER ROLE app PASSWORD 'another-one'`);
    expect(await health(api)).toEqual(error('authentication'));
    const line = await api.logged('turned the login down');
    expect(line).toMatchObject({ reason: 'authentication', msg: 'database not healthy' });
    await admin.query(`ALTER ROLE app PASSWORD '${PASSWORD}'`);
    await recovers(api);
  });
});

describe('/health/db of a process on SQLite', () => {
  it('says that the file is locked, or gone, and notices that it is back', async () => {
    const api = await processes.start({ VATEVO_WEBHOOKS: 'off' });
    await recovers(api);
    const file = path.join(await processes.folder, 'vatevo.db');

    const blocker = new Database(file);
    blocker.exec('BEGIN EXCLUSIVE');
    expect(await health(api)).toEqual(error('locked'));
    await stillAlive(api);
    blocker.close();
    await recovers(api);

    await rename(file, `${file}.away`);
    expect(await health(api)).toEqual(error('missing-database'));
    await stillAlive(api);
    await rename(`${file}.away`, file);
    await recovers(api);
    api.child.kill('SIGTERM');
    expect(await api.exit).toBe(0);
  });
});
