import { type PostgresTarget, parseConfig } from '@vatevo/connection';
import { freePort, type LocalPostgres, startLocalPostgres, startStandby } from '@vatevo/local-postgres';
import { canFreeze, freeze } from '@vatevo/local-postgres/vitest';
import { ask } from '@vatevo/test-kit/ask';
import { hasPgBouncer, PGBOUNCER, startPgBouncer } from '@vatevo/test-kit/debian';
import { startProxy } from '@vatevo/test-kit/switchable-proxy';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CommitOutcomeUnknownError, createDbClient, type DbClient } from '../../src/index.ts';
import { deployMigrations, setUpRoles } from '../../src/migrations/index.ts';
import { newTenant } from './support/rows.ts';

/** Milliseconds from the freeze until callers are told, and from the promotion until they are served. */
const PROMISED = 5_000;

const servers: LocalPostgres[] = [];
const thaws: (() => void)[] = [];
let primary: LocalPostgres;
let standby: LocalPostgres;

beforeAll(async () => {
  primary = await startLocalPostgres();
  servers.push(primary);
  standby = await startStandby(primary);
  servers.push(standby);
  await ask(primary, 'CREATE TABLE kept (id int)');
});
afterAll(async () => {
  for (const thaw of thaws) thaw();
  for (const server of servers) await server.dispose();
});

function open(ports: readonly number[], env: Record<string, string> = {}, attrs = 'read-write'): DbClient {
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',');
  const url = `postgresql://${primary.user}:${primary.password}@${hosts}/postgres?target_session_attrs=${attrs}`;
  const client = createDbClient({ config: parseConfig({ POSTGRES_URL: url, DB_POOL_SIZE: '4', ...env }) });
  onTestFinished(() => client.close({ timeoutMs: 0 }));
  return client;
}

/** Sessions of the server that PgBouncer has given to clients. */
async function inUse(url: string): Promise<number> {
  const console = new URL(url);
  console.pathname = '/pgbouncer';
  const client = new pg.Client({ connectionString: console.href, ssl: false });
  await client.connect();
  try {
    const { rows } = await client.query('SHOW POOLS');
    return rows.reduce((sum, { sv_active }) => sum + Number(sv_active), 0);
  } finally {
    await client.end();
  }
}

const write = (client: DbClient) => client.$executeRaw`INSERT INTO kept VALUES (1)`.then(() => 'written');

/** Writes on all connections of the pool at once, of which each must end in time: with what, and after how long at the most. */
async function attempt(client: DbClient) {
  const start = performance.now();
  const ends = await Promise.allSettled([1, 2, 3, 4].map(() => write(client)));
  return { ends, ms: performance.now() - start };
}

async function isServedAgain(client: DbClient): Promise<void> {
  const start = performance.now();
  await expect
    .poll(() => write(client).catch(({ name, reason }) => `${name} ${reason}`), {
      timeout: PROMISED,
      interval: 20,
    })
    .toBe('written');
  expect(performance.now() - start).toBeLessThan(PROMISED);
}

describe('a server that falls silent', () => {
  it('costs a slow statement nothing while it lives', async () => {
    const client = open([primary.port], { DB_STATEMENT_TIMEOUT: '30' });
    // So long that it is asked twice. Behind it stands what clears the session of a caller's own SQL.
    const slept = client.$queryRaw`SELECT pg_backend_pid() AS pid FROM pg_sleep(3.2)`;
    const asked = () =>
      ask(
        primary,
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%vatevo signs of life%' AND pid <> pg_backend_pid()",
      );
    const seen = expect.poll(asked, { timeout: 2_500, interval: 5 }).not.toEqual([]);
    await Promise.all([slept, seen.catch(() => undefined)]);
  });

  it('costs a slow statement of another server nothing', async () => {
    const proxy = await startProxy('127.0.0.1', await freePort());
    onTestFinished(() => proxy.close());
    const client = open([proxy.port, standby.port], { DB_POOL_SIZE: '2', DB_POOL_MIN: '0' }, 'any');
    // While nobody listens behind the proxy, the other one is taken.
    const slow = client.$queryRaw<{ port: number }[]>`SELECT inet_server_port() AS port FROM pg_sleep(5)`;
    const slept = slow.then((rows) => rows);
    const asked = () => ask(standby, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
    await expect.poll(asked).not.toEqual([]);
    proxy.leadTo(primary.port);
    expect(await client.$queryRaw`SELECT inet_server_port() AS port`).toEqual([{ port: primary.port }]);
    proxy.swallow(true);
    // The only connection that is free hangs; another one may be opened to the other server then.
    const start = performance.now();
    await Promise.allSettled([client.$queryRaw`SELECT 1`]);
    expect(performance.now() - start).toBeGreaterThan(2_500);
    expect(await slept).toEqual([{ port: standby.port }]);
  });

  it.runIf(canFreeze && hasPgBouncer)(
    `frozen behind PgBouncer: all are told in time, those in line, too (needs /proc, ${PGBOUNCER})`,
    async () => {
      const settings = {
        admin_users: primary.user,
        default_pool_size: '4',
        server_login_retry: '1',
        server_connect_timeout: '2',
      };
      const bouncer = await startPgBouncer(primary.url(), 'transaction', settings);
      onTestFinished(() => bouncer.stop());
      const ports = [Number(new URL(bouncer.url).port)];
      const [client, other] = [open(ports, { DB_POOL_SIZE: '2' }), open(ports)];
      const many = () => Promise.allSettled(Array.from({ length: 12 }, () => write(client)));
      await client.$queryRaw`SELECT 1 AS slept FROM pg_sleep(2)`;
      expect((await many()).map(({ status }) => status)).toEqual(Array(12).fill('fulfilled'));
      // PgBouncer has more sessions than this client uses.
      const sleep = () => other.$queryRaw`SELECT 1 AS slept FROM pg_sleep(0.2)`;
      await Promise.all([1, 2, 3, 4].map(sleep));
      thaws.push(freeze(primary));
      const start = performance.now();
      const ends = await many();
      expect(performance.now() - start).toBeLessThan(PROMISED);
      for (const end of ends) expect(end).toMatchObject({ reason: { reason: 'timeout' } });
      expect((await client.checkDatabase({ timeoutMs: 500 })).ok).toBe(false);
      // Whoever asked and left leaves no session behind that PgBouncer takes for one in use.
      await expect.poll(() => inUse(bouncer.url), { timeout: 15_000, interval: 200 }).toBe(0);
      for (const thaw of thaws.splice(0)) thaw();
      await isServedAgain(client);
    },
  );

  it.runIf(canFreeze)(
    'frozen: all are told in time, and served by the one that is promoted (needs /proc)',
    async () => {
      const [direct, slow] = [open([primary.port, standby.port]), open([primary.port, standby.port])];
      await attempt(direct);
      // A transaction that was given much time waits no longer than others for a server that is gone.
      const transaction = slow.transaction(
        async (tx) => {
          await tx.$queryRaw`SELECT 1`;
          thaws.push(freeze(primary));
          await tx.$queryRaw`SELECT 2`;
        },
        { timeoutMs: 600_000 },
      );
      const told = transaction.then(String, (error: unknown) => error);
      await expect.poll(() => thaws.length).toBe(1);
      const { ends, ms } = await attempt(direct);
      expect(ms).toBeLessThan(PROMISED);
      for (const end of ends) expect(end).toMatchObject({ reason: { reason: 'timeout' } });
      expect(await told).toMatchObject({ name: 'ConnectionError', reason: 'timeout' });
      await ask(standby, 'SELECT pg_promote()');
      await isServedAgain(direct);
      expect((await attempt(direct)).ends.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
      for (const thaw of thaws.splice(0)) thaw();
    },
  );

  it('behind one address that leads to another server by now: the old sessions are given up', async () => {
    // As before: one that thinks to be the primary still, and one that took over.
    const proxy = await startProxy('127.0.0.1', primary.port);
    onTestFinished(() => proxy.close());
    const client = open([proxy.port]);
    expect((await attempt(client)).ends.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
    proxy.leadTo(standby.port);
    const { ends, ms } = await attempt(client);
    expect(ms).toBeLessThan(PROMISED);
    // Where fewer connections than four were needed before, the others are opened now, and lead to the new server.
    const lost = ends.filter(({ status }) => status === 'rejected');
    expect(lost).not.toEqual([]);
    for (const end of lost) expect(end).toMatchObject({ reason: { reason: 'lost' } });
    await isServedAgain(client);
  });

  it('killed: served by the one that is promoted', async () => {
    primary = standby;
    standby = await startStandby(primary);
    servers.push(standby);
    const client = open([primary.port, standby.port]);
    await write(client);
    await primary.stop('immediate');
    await expect.poll(() => client.checkDatabase()).toMatchObject({ ok: false, reason: 'read-only' });
    await ask(standby, 'SELECT pg_promote()');
    await isServedAgain(client);
    expect(await client.checkDatabase()).toMatchObject({ ok: true, readOnly: false });
  });
});

describe('DB_STATEMENT_TIMEOUT', () => {
  it('ends a statement that takes longer, and costs the other connections of a server that lives nothing', async () => {
    // Sooner than anybody has asked whether the server lives.
    const client = open([standby.port], { DB_STATEMENT_TIMEOUT: '1' });
    const pids = async () => {
      const found = await Promise.all(
        [1, 2, 3, 4].map(
          () => client.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid FROM pg_sleep(0.2)`,
        ),
      );
      return found.map(([row]) => row?.pid);
    };
    const before = await pids();
    const start = performance.now();
    const late = client.$queryRaw`SELECT 1 AS slept FROM pg_sleep(600)`.then(
      String,
      (error: unknown) => error,
    );
    expect(await late).toMatchObject({
      reason: 'timeout',
      message: expect.stringContaining('DB_STATEMENT_TIMEOUT'),
    });
    expect(performance.now() - start).toBeGreaterThan(900);
    // It is not at work there any more.
    const running =
      "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()";
    await expect.poll(() => ask(standby, running)).toEqual([]);
    const after = await pids();
    expect(before.filter((pid) => after.includes(pid))).toHaveLength(3);
  });

  it('does not take a COMMIT for done that no synchronous standby has', async () => {
    const server = standby;
    await ask(server, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    await ask(server, 'SELECT pg_reload_conf()');
    await expect
      .poll(() => ask(server, 'SHOW synchronous_standby_names'))
      .toEqual([{ synchronous_standby_names: 'nobody' }]);
    const client = open([server.port], { DB_STATEMENT_TIMEOUT: '2' });
    const committed = client.transaction(async (tx) => {
      await tx.$executeRaw`INSERT INTO kept VALUES (2)`;
    });
    await expect(committed).rejects.toBeInstanceOf(CommitOutcomeUnknownError);
    // The same where somebody else ends the waiting: the server says yes then.
    const unhurried = open([server.port], { DB_STATEMENT_TIMEOUT: '60' });
    const waiting = unhurried
      .transaction(async (tx) => {
        await tx.$executeRaw`INSERT INTO kept VALUES (3)`;
      })
      .then(String, (error: unknown) => error);
    const cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    await expect.poll(() => ask(server, cancel)).not.toEqual([]);
    expect(await waiting).toBeInstanceOf(CommitOutcomeUnknownError);
    // Stored here it is.
    expect(await ask(server, 'SELECT id FROM kept WHERE id > 1 ORDER BY id')).toEqual([{ id: 2 }, { id: 3 }]);
  });

  it('nor gives the answer of a request again that no synchronous standby has', async () => {
    const server = standby;
    await ask(server, 'ALTER SYSTEM RESET synchronous_standby_names');
    await ask(server, 'SELECT pg_reload_conf()');
    await ask(server, 'DROP TABLE kept');
    const target = parseConfig({ POSTGRES_URL: server.url() }).database as PostgresTarget;
    await deployMigrations(target);
    await setUpRoles(target);
    const client = open([server.port], { DB_STATEMENT_TIMEOUT: '2' });
    const tenant = client.forTenant(await newTenant(client));
    const request = { key: 'once', requestHash: '0' };
    const once = () => tenant.answerOnce(request, async () => 'the first answer');
    await ask(server, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    await ask(server, 'SELECT pg_reload_conf()');
    await expect(once()).rejects.toBeInstanceOf(CommitOutcomeUnknownError);
    await expect(once()).rejects.toBeInstanceOf(CommitOutcomeUnknownError);
    await ask(server, 'ALTER SYSTEM RESET synchronous_standby_names');
    await ask(server, 'SELECT pg_reload_conf()');
    expect(await once()).toEqual({ answer: 'the first answer', repeated: true });
  });
});
