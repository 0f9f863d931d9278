import { join } from 'node:path';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { isInstalled } from '@vatevo/local-postgres/vitest';
import { closedPort } from '@vatevo/test-kit/silent-servers';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { call } from './support/call.ts';
import { type Outcome, type Running, root, start } from './support/run-script.ts';
import { sql } from './support/sql.ts';

const TOKEN = 'scrape-me-qz7-please';
/** Found nowhere else, so that a search for it in any output is a proof. */
const PASSWORD = 'open-sesame-qz7';

let server: LocalPostgres;
let url: string;
let api: Running;
let metricsUrl: string;
const watches: Running[] = [];

beforeAll(async () => {
  server = await startLocalPostgres({
    password: PASSWORD,
    settings: { shared_preload_libraries: 'pg_stat_statements' },
  });
  url = await server.createDatabase('watched');
  expect((await call(['prepare-postgres'], { POSTGRES_URL: url })).code).toBe(0);
  await sql(url, 'CREATE EXTENSION pg_stat_statements');
  const port = String(await closedPort());
  api = start('node', [join(root, 'apps/api/dist/main.js')], {
    env: { POSTGRES_URL: url, PORT: port, VATEVO_METRICS_TOKEN: TOKEN, DB_POOL_SIZE: '3' },
  });
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  await api.said('ready to serve data');
});
afterEach(async () => {
  for (const { child, ended } of watches.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});
afterAll(async () => {
  api?.child.kill('SIGKILL');
  await api?.ended;
  await server?.dispose();
});

const env = () => ({ POSTGRES_URL: url, VATEVO_METRICS_TOKEN: TOKEN, DB_SLOW_QUERY_MS: '200' });
const once = (args: string[] = [], extra: Record<string, string> = {}) =>
  call(['monitor', '--json', ...args], { ...env(), ...extra });

function watch(args: string[] = []): Running {
  // Node itself: signals are for the command, not for npm around it.
  const command = [join(root, 'ops/bin/vatevo-ops.mjs'), 'monitor', '-i', '0.3', ...args];
  const watching = start('node', command, { env: env() });
  watches.push(watching);
  return watching;
}

function withoutSecrets(outcome: Outcome): Outcome {
  expect(outcome.stdout + outcome.stderr).not.toContain('qz7');
  return outcome;
}

describe('looking once', () => {
  it('shows connections, slow queries, error rate and health', async () => {
    await sql(url, `ALTER ROLE postgres PASSWORD '${PASSWORD}'`, `SELECT pg_sleep(0.3), 'qz7-in-the-text'`);
    const busy = new Client({ connectionString: url, ssl: false, application_name: 'busy' });
    busy.on('error', () => undefined);
    await busy.connect();
    const sleeping = busy.query(`SELECT pg_sleep(20), 'qz7-in-the-text'`).catch(() => undefined);
    const since = `SELECT FROM pg_stat_activity
      WHERE application_name = 'busy' AND state = 'active' AND clock_timestamp() - query_start > interval '300 ms'`;
    await expect.poll(async () => (await sql(url, since)).length).toBe(1);
    const asking = setInterval(() => void fetch(metricsUrl.replace('/metrics', '/nowhere')), 50);
    try {
      const outcome = withoutSecrets(await once(['--metrics-url', metricsUrl]));
      expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
      const found = JSON.parse(outcome.stdout);
      expect(found).toMatchObject({
        ok: true,
        healthy: true,
        problems: [],
        server: {
          connections: {
            max: expect.any(Number),
            byApplication: { busy: 1, vatevo: expect.any(Number) },
          },
          state: { migrations: { pending: 0, failed: 0 }, transfers: {} },
          running: [{ application: 'busy', statement: 'SELECT pg_sleep(?), ?' }],
        },
        api: { databaseUp: true, errorRate: 0, pool: { max: 3, waiting: 0 } },
      });
      // The API's own jobs may be asking at this very moment.
      expect(found.server.connections.active).toBeGreaterThanOrEqual(1);
      expect(found.server.running[0].ms).toBeGreaterThan(200);
      expect(found.server.statements[0].meanMs).toBeGreaterThan(200);
      expect(found.api.requestsPerSecond).toBeGreaterThan(1);
    } finally {
      clearInterval(asking);
      await sql(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'busy'`,
      );
      await sleeping;
      await busy.end().catch(() => undefined);
    }
  });

  it('exits 2 for settings that are none', async () => {
    expect((await once(['--metrics-url', 'localhost:1/metrics'])).code).toBe(2);
    expect((await once(['--metrics-url', 'http://x:qz7@h/metrics'])).stderr).toContain(
      'VATEVO_METRICS_TOKEN',
    );
    expect((await once([], { POSTGRES_URL: '' })).code).toBe(2);
  });

  it('exits 3 when the database or the API cannot be reached', async () => {
    const nowhere = `postgresql://app:${PASSWORD}@127.0.0.1:${await closedPort()}/x`;
    const away = withoutSecrets(await once([], { POSTGRES_URL: nowhere }));
    expect([away.code, away.stderr]).toEqual([3, expect.stringContaining('No PostgreSQL server answers')]);
    expect(JSON.parse(away.stdout)).toMatchObject({
      healthy: false,
      server: { ok: false, reason: 'refused' },
    });
    const noApi = await once(['--metrics-url', `http://127.0.0.1:${await closedPort()}/metrics`]);
    expect([noApi.code, noApi.stderr]).toEqual([3, expect.stringContaining('No API answers')]);
    const wrong = await once(['--metrics-url', metricsUrl], { VATEVO_METRICS_TOKEN: 'another-token-qz7' });
    expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringContaining('wants another')]);
  });

  it('exits 4 when a transfer is unfinished, and when a migration failed', async () => {
    await sql(
      url,
      'CREATE SCHEMA vatevo_transfer',
      `CREATE TABLE vatevo_transfer.run AS SELECT 'copying' AS state`,
    );
    const unfinished = await once();
    expect([unfinished.code, unfinished.stderr]).toEqual([
      4,
      expect.stringContaining('unfinished (copying)'),
    ]);
    await sql(url, 'DROP SCHEMA vatevo_transfer CASCADE', 'UPDATE _prisma_migrations SET finished_at = NULL');
    const failed = await once();
    expect([failed.code, failed.stderr]).toEqual([4, expect.stringContaining('stopped half-way')]);
    await sql(url, 'UPDATE _prisma_migrations SET finished_at = now()');
  });
});

describe('watching', () => {
  it('writes a line each time where there is no terminal, until it is stopped', async () => {
    const watching = watch(['--metrics-url', metricsUrl]);
    await watching.said(' ok | ');
    watching.child.kill('SIGINT');
    const { code, stdout } = withoutSecrets(await watching.ended);
    expect(code).toBe(130);
    expect(stdout.split('\n')[0]).toMatch(
      /^\d{4}-\S+Z ok \| [\d.]+ \S+ \| connections \d+ of \d+ .*\| 0 slow queries at work \| API [\d.]+ requests\/s/,
    );
  });

  it('goes on while the database is away, and says so', async () => {
    const watching = watch();
    let said = '';
    watching.child.stdout?.on('data', (text) => {
      said += text;
    });
    await watching.said(' ok | ');
    await server.stop('immediate');
    await watching.said('NOT OK: No PostgreSQL server answers');
    await server.start();
    await expect
      .poll(
        async () => {
          return (await once()).code;
        },
        { timeout: 20_000 },
      )
      .toBe(0);
    await expect.poll(() => said.trim().split('\n').at(-1), { timeout: 20_000 }).toMatch(/Z ok \| /);
    watching.child.kill('SIGTERM');
    expect((await watching.ended).code).toBe(143);
  });

  it.runIf(isInstalled('script'))('draws one page on a terminal (needs script(1))', async () => {
    const command = `'${process.execPath}' '${join(root, 'ops/bin/vatevo-ops.mjs')}' monitor -i 0.3`;
    const watching = start('script', ['-qfec', command, '/dev/null'], { env: { ...env(), TERM: 'xterm' } });
    watches.push(watching);
    await watching.said('slowest statements');
    watching.child.kill('SIGTERM');
    const { stdout } = withoutSecrets(await watching.ended);
    expect(stdout).toContain('\x1b[H\x1b[J');
    expect(stdout).toMatch(/health {7}ok/);
    expect(stdout).toMatch(/ids used {5}invoices 0\.0 %/);
  });
});
