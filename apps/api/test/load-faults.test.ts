import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PostgresTarget, parseConfig } from '@vatevo/connection';
import { deployMigrations, setUpRoles } from '@vatevo/db/migrations';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { hasPgBouncer, startPgBouncer } from '@vatevo/test-kit/debian';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ApiProcess, ApiProcesses } from './support/api-process.ts';
import { invoiceBody } from './support/invoices.ts';
import { Load, type Outcome } from './support/load.ts';

const LONG = process.env.VATEVO_TEST_LONG === '1';
const SOAK_SECONDS = LONG ? 600 : 3;
const POOL_SIZE = 4;
const CALLERS = 8;
const MB = 1024 ** 2;

describe('the API under load', () => {
  const processes = new ApiProcesses();
  let server: LocalPostgres;
  let url: string;
  let load: Load | undefined;

  beforeAll(async () => {
    server = await startLocalPostgres();
    url = await server.createDatabase('load');
    const { database } = parseConfig({ POSTGRES_URL: url });
    await deployMigrations(database);
    await setUpRoles(database as PostgresTarget);
  });
  afterEach(async () => {
    await load?.stop();
    load = undefined;
    await processes.end();
  });
  afterAll(async () => {
    await server?.dispose();
  });

  async function start(env: Record<string, string> = {}): Promise<{ api: ApiProcess; key: string }> {
    const api = await processes.start({
      POSTGRES_URL: url,
      DB_POOL_SIZE: String(POOL_SIZE),
      DB_POOL_MIN: String(POOL_SIZE),
      VATEVO_RATE_LIMIT: '0',
      // A thread of its own, which is not what is asked about here.
      VATEVO_WEBHOOKS: 'off',
      ...env,
    });
    return { api, key: await (await api.client()).newTenant() };
  }

  async function query(text: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }

  const storedIds = async (key: string, api: ApiProcess) => {
    const { body } = await (await api.client()).get('/tenants/me', { key });
    return (await query(`SELECT id FROM invoices WHERE tenant_id = ${body.id} ORDER BY id`)).map((row) =>
      Number(row.id),
    );
  };
  const sorted = (ids: readonly number[]) => [...ids].sort((a, b) => a - b);
  const succeeded = ({ status }: Outcome) => status === 200;

  it.each(LONG ? (['fast', 'immediate'] as const) : (['immediate'] as const))(
    'survives a server that stops (%s) and comes back: errors only in between, all 503 with Retry-After',
    async (mode) => {
      const { api, key } = await start();
      load = new Load(await api.url(), key, CALLERS);
      await expect.poll(() => load?.created.length, { timeout: 20_000 }).toBeGreaterThan(20);
      expect(load.outcomes.filter((outcome) => !succeeded(outcome))).toEqual([]);

      const whileAway = load.mark();
      await server.stop(mode);
      await expect.poll(() => whileAway().filter((each) => !succeeded(each)).length).toBeGreaterThan(20);
      await server.start();
      const client = await api.client();
      await expect.poll(async () => (await client.get('/health/db')).status, { timeout: 5000 }).toBe(200);
      const failed = whileAway().filter((each) => !succeeded(each));
      expect(new Set(failed.map(({ status }) => status))).toEqual(new Set([503]));
      expect(failed.every(({ retryAfter }) => Number(retryAfter) > 0)).toBe(true);

      // What was under way when health was well again is over after a moment.
      await expect.poll(() => load?.outcomes.slice(-100).every(succeeded), { timeout: 10_000 }).toBe(true);
      const afterwards = load.mark();
      await expect.poll(() => afterwards().length, { timeout: 20_000 }).toBeGreaterThan(100);
      expect(afterwards().filter((each) => !succeeded(each))).toEqual([]);
      await load.stop();
      expect(api.child.exitCode).toBeNull();
      // An answer can be lost with the server, so there may be invoices that were not acknowledged; never fewer.
      const stored = new Set(await storedIds(key, api));
      expect(load.created.filter((id) => !stored.has(id))).toEqual([]);
    },
  );

  it('answers all that it has accepted when it is told to end', async () => {
    const { api, key } = await start();
    load = new Load(await api.url(), key, CALLERS);
    await expect.poll(() => load?.created.length, { timeout: 20_000 }).toBeGreaterThan(20);
    const { body: tenant } = await (await api.client()).get('/tenants/me', { key });
    api.child.kill('SIGTERM');
    expect(await api.exit).toBe(0);
    await load.stop();
    const rows = await query(`SELECT id FROM invoices WHERE tenant_id = ${tenant.id}`);
    expect(sorted(load.created)).toEqual(sorted(rows.map(({ id }) => Number(id))));
    const answered = load.outcomes.filter(({ status }) => status !== undefined);
    expect(answered.filter((outcome) => !succeeded(outcome) && outcome.status !== 503)).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')(
    `keeps its memory and its connections over ${SOAK_SECONDS} s`,
    {
      timeout: (SOAK_SECONDS + 60) * 1000,
    },
    async () => {
      const { api, key } = await start();
      load = new Load(await api.url(), key, CALLERS);
      const samples: { bytes: number; sessions: number }[] = [];
      const end = performance.now() + SOAK_SECONDS * 1000;
      while (performance.now() < end) {
        await sleep(1000);
        const [row] = await query(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'vatevo%' AND backend_type = 'client backend'`,
        );
        samples.push({ bytes: residentBytes(api.child.pid as number), sessions: Number(row?.n) });
      }
      await load.stop();
      expect(load.outcomes.filter((outcome) => !succeeded(outcome))).toEqual([]);
      // The pool, and one more while health is asked or a check is on.
      expect(Math.max(...samples.map(({ sessions }) => sessions))).toBeLessThanOrEqual(POOL_SIZE + 1);
      // Lowest points, because between two collections anything may lie about.
      const lowest = (part: typeof samples) => Math.min(...part.map(({ bytes }) => bytes));
      const third = Math.floor(samples.length / 3);
      expect(lowest(samples.slice(-third))).toBeLessThan(lowest(samples.slice(third, 2 * third)) + 40 * MB);
    },
  );

  it.skipIf(!hasPgBouncer)('works through PgBouncer in transaction mode', async () => {
    const bouncer = await startPgBouncer(url, 'transaction');
    try {
      const { api, key } = await start({ POSTGRES_URL: bouncer.url });
      const client = await api.client();
      load = new Load(await api.url(), key, CALLERS);
      await expect.poll(() => load?.created.length, { timeout: 20_000 }).toBeGreaterThan(20);
      const headers = { 'Idempotency-Key': 'through-the-bouncer' };
      const first = await client.post('/invoices', { key, headers, body: invoiceBody() });
      const again = await client.post('/invoices', { key, headers, body: invoiceBody() });
      expect([first.status, again.body]).toEqual([200, first.body]);
      expect((await client.get('/health/db')).body).toEqual({ status: 'ok', database: 'connected' });
      await load.stop();
      expect(load.outcomes.filter((outcome) => !succeeded(outcome))).toEqual([]);
      // Sessions are shared with others there: no tenant may be left in one.
      const stranger = await client.newTenant('Stranger');
      expect((await client.get('/invoices', { key: stranger })).body).toEqual([]);
      expect(new Set(await storedIds(key, api))).toEqual(new Set([...load.created, first.body.id]));
    } finally {
      await processes.end();
      await bouncer.stop();
    }
  });
});

/** The memory of a process that is really there, in bytes. */
function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
