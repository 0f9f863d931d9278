import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '@vatevo/connection';
import { type LocalPostgres, startLocalPostgres, startStandby } from '@vatevo/local-postgres';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { ConnectionError, createDbClient, type DbClient, type DbObserver } from '../../src/index.ts';

let server: LocalPostgres;
beforeAll(async () => {
  server = await startLocalPostgres({ settings: { max_connections: '60' } });
});
afterAll(() => server?.dispose());

function open(url: string, env: Record<string, string> = {}, observer: DbObserver = {}): DbClient {
  const config = parseConfig({ POSTGRES_URL: url, DB_POOL_SIZE: '5', ...env });
  const client = createDbClient({ config, observer });
  onTestFinished(() => client.close({ timeoutMs: 0 }));
  return client;
}

const work = async (client: DbClient) => {
  await client.$queryRaw`SELECT 1 AS slept FROM pg_sleep(0.2)`;
};

it('fifteen pools of five get through on a server of sixty connections', async () => {
  let turnedDown = 0;
  const observer = {
    connectionFailed: (reason: string) => {
      if (reason === 'too-many-connections') turnedDown++;
    },
  };
  const config = parseConfig({ POSTGRES_URL: server.url(), DB_POOL_SIZE: '5' });
  const run = async () => {
    const client = createDbClient({ config, observer });
    try {
      await Promise.all(Array.from({ length: 10 }, () => work(client)));
    } finally {
      await client.close();
    }
  };
  await Promise.all(Array.from({ length: 15 }, run));
  expect(turnedDown).toBeGreaterThan(0);
});

it('a server that stays full is named when the time to wait is over', async () => {
  const config = { connectionString: server.url(), ssl: false };
  const others = Array.from({ length: 60 }, () => new pg.Client(config));
  onTestFinished(
    async () => void (await Promise.all(others.map((client) => client.end().catch(() => undefined)))),
  );
  await Promise.allSettled(others.map((client) => client.on('error', () => undefined).connect()));
  const client = open(server.url(), { DB_POOL_TIMEOUT: '2', DB_POOL_MIN: '0' });
  const start = performance.now();
  await expect(work(client)).rejects.toMatchObject({ reason: 'too-many-connections' });
  expect(performance.now() - start).toBeGreaterThan(1_900);
  // One goes, and the next caller gets its place.
  const waiting = work(client);
  await others[0]?.end();
  await waiting;
});

it('a token is asked for at each connection, and one that is refused costs only that one', async () => {
  let asked = 0;
  const url = new URL(server.url());
  url.password = '';
  const client = createDbClient({
    config: parseConfig({ POSTGRES_URL: url.href, DB_POOL_SIZE: '1', DB_POOL_MIN: '0' }),
    password: async () => {
      asked++;
      return asked === 1 ? 'a-token-of-yesterday' : server.password;
    },
  });
  onTestFinished(() => client.close({ timeoutMs: 0 }));
  await expect(work(client)).rejects.toMatchObject({ reason: 'authentication' });
  await work(client);
  expect(asked).toBe(2);
});

it('a client comes back by itself after a failover', async () => {
  const primary = await startLocalPostgres();
  onTestFinished(() => primary.dispose());
  const standby = await startStandby(primary);
  onTestFinished(() => standby.dispose());
  const hosts = `127.0.0.1:${primary.port},127.0.0.1:${standby.port}`;
  const onPrimary = new pg.Client({ connectionString: primary.url(), ssl: false });
  await onPrimary.connect();
  // What is on the disk of a primary is not its timeline yet, and not for everybody to read.
  await onPrimary.query(`CREATE ROLE app LOGIN PASSWORD 'app'; GRANT CREATE ON SCHEMA public TO app;
    REVOKE EXECUTE ON FUNCTION pg_control_checkpoint, pg_control_recovery FROM PUBLIC`);
  await onPrimary.end();
  let failed = 0;
  const client = open(
    `postgresql://app:app@${hosts}/postgres?target_session_attrs=read-write`,
    { DB_POOL_MIN: '1' },
    { connectionFailed: () => void failed++ },
  );
  await client.$executeRaw`CREATE TABLE kept (id int)`;
  const admin = new pg.Client({ connectionString: standby.url(), ssl: false });
  await admin.connect();
  await expect
    .poll(async () => (await admin.query(`SELECT to_regclass('kept') AS kept`)).rows[0].kept, {
      timeout: 20_000,
    })
    .not.toBeNull();
  await primary.stop('immediate');
  expect(await client.checkDatabase()).toMatchObject({ ok: false, reason: 'read-only' });
  await admin.query('SELECT pg_promote()');
  await admin.end();
  await expect
    .poll(() => client.$executeRaw`INSERT INTO kept VALUES (1)`.then(String, String), { timeout: 20_000 })
    .toBe('1');
  expect(await client.checkDatabase()).toMatchObject({ ok: true });
  // The old primary comes back as one, and takes writes that nobody would see again.
  await primary.start();
  const places = [1, 2, 3, 4, 5, 6].map(
    () =>
      client.$queryRaw<object[]>`SELECT current_setting('port')::int AS port, pg_sleep(0.3)::text AS slept`,
  );
  const port = { port: standby.port, slept: '' };
  expect((await Promise.all(places)).flat()).toEqual(Array(6).fill(port));
  // Where there is no other, nobody gets one, and it is not asked all the time.
  await standby.stop('immediate');
  const insert = () => client.$executeRaw`INSERT INTO kept VALUES (2)`.then(String, ({ message }) => message);
  await expect.poll(insert, { timeout: 20_000 }).toContain('is on timeline 1');
  failed = 0;
  await sleep(1_500);
  expect(failed).toBeLessThan(8);
});

it('who takes whichever host answers is told how to get the primary', async () => {
  const admin = new pg.Client({ connectionString: server.url(), ssl: false });
  await admin.connect();
  await admin.query(`CREATE ROLE reader LOGIN PASSWORD 'r' SUPERUSER`);
  await admin.query('ALTER ROLE reader SET default_transaction_read_only = on');
  await admin.end();
  const { port } = server;
  const client = open(`postgresql://reader:r@127.0.0.1:${port},127.0.0.1:1/postgres`);
  await expect(client.$executeRaw`CREATE TABLE never (id int)`).rejects.toMatchObject({
    reason: 'read-only',
    message: expect.stringContaining('set target_session_attrs=read-write'),
  });
});

it('a server that became read-only is a reason of its own, and costs the connection', async () => {
  const client = open(server.url(), { DB_POOL_SIZE: '1', DB_POOL_MIN: '0' });
  await client.$executeRaw`CREATE TABLE written (id int)`;
  const write = async () => {
    await client.$executeRaw`INSERT INTO written VALUES (1)`;
  };
  const pid = async () => (await client.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`)[0]?.pid;
  const admin = new pg.Client({ connectionString: server.url(), ssl: false });
  await admin.connect();
  await admin.query('ALTER SYSTEM SET default_transaction_read_only = on');
  await admin.query('SELECT pg_reload_conf()');
  const first = await pid();
  await expect
    .poll(() => write().catch((error) => error), { timeout: 20_000 })
    .toMatchObject({
      reason: 'read-only',
      message: expect.stringContaining('takes writes (it is read-only)'),
    });
  expect(await pid()).not.toBe(first);
  const inTransaction = client.transaction(async (tx) => {
    await tx.$executeRaw`INSERT INTO written VALUES (2)`;
  });
  await expect(inTransaction).rejects.toBeInstanceOf(ConnectionError);
  await admin.query('SET default_transaction_read_only = off');
  await admin.query('ALTER SYSTEM RESET default_transaction_read_only');
  await admin.query('SELECT pg_reload_conf()');
  await admin.end();
  await expect.poll(() => write().then(() => 'written', String), { timeout: 20_000 }).toBe('written');
});

it('sessions that were opened as read-only cost one write, and not one each, when the server takes writes again', async () => {
  const name = await server.createDatabase();
  const admin = new pg.Client({ connectionString: server.url(), ssl: false });
  await admin.connect();
  const database = new URL(name).pathname.slice(1);
  await admin.query(`ALTER DATABASE "${database}" SET default_transaction_read_only = on`);
  const client = open(name, { DB_POOL_SIZE: '5', DB_POOL_MIN: '5' });
  // All of them, together.
  await Promise.all(
    Array.from({ length: 5 }, async () => client.$queryRaw`SELECT 1 AS slept FROM pg_sleep(0.3)`),
  );
  const write = () =>
    client.$executeRaw`CREATE TABLE IF NOT EXISTS written (id int)`.then(() => 'written', String);
  await admin.query(`ALTER DATABASE "${database}" RESET default_transaction_read_only`);
  await admin.end();
  expect(await write()).toContain('read-only');
  expect(await write()).toBe('written');
});
