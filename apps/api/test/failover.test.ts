import { type PostgresTarget, parseConfig } from '@vatevo/connection';
import { deployMigrations, setUpRoles } from '@vatevo/db/migrations';
import { type LocalPostgres, startLocalPostgres, startStandby } from '@vatevo/local-postgres';
import { canFreeze, freeze } from '@vatevo/local-postgres/vitest';
import { ask } from '@vatevo/test-kit/ask';
import { hasPgBouncer, PGBOUNCER, startPgBouncer } from '@vatevo/test-kit/debian';
import { type SwitchableProxy, startProxy } from '@vatevo/test-kit/switchable-proxy';
import pg from 'pg';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { ApiProcesses } from './support/api-process.ts';
import { SureWriters } from './support/sure-writers.ts';

const LONG = process.env.VATEVO_TEST_LONG === '1';

/** Milliseconds in which whoever asks is told, and in which there is service again after a promotion. */
const PROMISED = 5_000;
const POOL_SIZE = 4;
/** More than there are connections, so that some wait in line. */
const WRITERS = 12;

const processes = new ApiProcesses();
afterEach(() => processes.end());

/** A primary that acknowledges what its standby has, too. */
interface Servers {
  readonly primary: LocalPostgres;
  readonly standby: LocalPostgres;
}

async function startServers(): Promise<Servers> {
  const primary = await startLocalPostgres();
  onTestFinished(() => primary.dispose());
  const target = parseConfig({ POSTGRES_URL: primary.url() }).database as PostgresTarget;
  await deployMigrations(target);
  await setUpRoles(target);
  const standby = await startStandby(primary);
  onTestFinished(() => standby.dispose());
  await ask(primary, `ALTER SYSTEM SET synchronous_standby_names = '*'`);
  await ask(primary, 'SELECT pg_reload_conf()');
  await expect
    .poll(() => ask(primary, 'SELECT sync_state FROM pg_stat_replication'))
    .toEqual([{ sync_state: 'sync' }]);
  return { primary, standby };
}

/** One way in which a primary is lost, and in which clients reach the other server. */
interface Failover {
  /** The URL for the API. */
  readonly url: string;
  /** Takes the primary away. */
  lose(): unknown;
  /** Gives another one, in which all that was acknowledged has to be. */
  replace(): Promise<LocalPostgres>;
}

async function promote(standby: LocalPostgres): Promise<LocalPostgres> {
  await ask(standby, 'SELECT pg_promote()');
  return standby;
}

/** With `kill -9`. */
function kill({ pid }: LocalPostgres): void {
  process.kill(pid, 'SIGKILL');
}

function throughPort(url: string, port: number): string {
  const through = new URL(url);
  through.port = String(port);
  return through.href;
}

/** Frozen until the test is over; a server that is frozen cannot be stopped. */
function freezeForGood(frozen: { readonly pid: number }): void {
  onTestFinished(freeze(frozen));
}

/** Fails over under writers. @returns milliseconds until the first was told, and until the first was served again */
async function failOver({ url, lose, replace }: Failover): Promise<{ toldMs: number; servedMs: number }> {
  const api = await processes.start({
    POSTGRES_URL: url,
    DB_POOL_SIZE: String(POOL_SIZE),
    VATEVO_RATE_LIMIT: '0',
    VATEVO_WEBHOOKS: LONG ? 'on' : 'off',
  });
  const client = await api.client();
  const writers = new SureWriters(await api.url(), await client.newTenant(), WRITERS);
  await expect.poll(() => writers.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(WRITERS * 2);

  const since = writers.mark();
  const start = performance.now();
  await lose();
  const refused = () => since().filter(({ status }) => status === 503);
  await expect.poll(() => refused().length, { timeout: 20_000 }).toBeGreaterThan(WRITERS);
  const toldMs = (refused()[0]?.at ?? 0) - start;
  expect((await client.get('/health/db')).status).toBe(503);

  const server = await replace();
  const promotedAt = performance.now();
  const served = () => since().find(({ status, at }) => status === 200 && at > promotedAt);
  await expect.poll(served, { timeout: 20_000, interval: 20 }).toBeDefined();
  const servedMs = (served()?.at ?? 0) - promotedAt;
  await expect.poll(async () => (await client.get('/health/db')).status, { timeout: PROMISED }).toBe(200);
  await writers.stop();

  // All are told in time: yes, or later.
  const others = writers.told.filter(({ status }) => status !== 200 && status !== 503);
  expect(others).toEqual([]);
  expect(refused().filter(({ retryAfter }) => !(Number(retryAfter) > 0))).toEqual([]);
  expect(Math.max(...writers.told.map(({ ms }) => ms))).toBeLessThan(PROMISED);
  expect(servedMs).toBeLessThan(PROMISED);
  // What was acknowledged is stored, once, and so is nothing else.
  const stored = await ask(server, 'SELECT external_id AS name FROM invoices');
  expect(stored.map(({ name }) => name).sort()).toEqual([...writers.acknowledged].sort());
  expect(api.child.exitCode).toBeNull();
  return { toldMs, servedMs };
}

/** Takes a session for a moment under the API's name, and leaves. */
async function sleepThrough(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'vatevo', ssl: false });
  await client.connect();
  await client.query('SELECT pg_sleep(0.5)');
  await client.end();
}

/** A line for the documents. */
function tell(what: string, { toldMs, servedMs }: { toldMs: number; servedMs: number }): void {
  if (!LONG) return;
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  console.log(`${what}: told after ${seconds(toldMs)} s, served ${seconds(servedMs)} s after the promotion`);
}

describe('with both hosts in POSTGRES_URL', () => {
  /** A failover of two servers whose hosts the URL names, as in the runbook. */
  async function bothNamed(lose: (primary: LocalPostgres) => unknown): Promise<Failover> {
    const { primary, standby } = await startServers();
    const hosts = [primary, standby].map(({ port }) => `127.0.0.1:${port}`).join(',');
    const url = `postgresql://${primary.user}:${primary.password}@${hosts}/postgres?target_session_attrs=read-write`;
    return { url, lose: () => lose(primary), replace: () => promote(standby) };
  }

  it('the primary is killed', async () => {
    tell('killed', await failOver(await bothNamed(kill)));
  });

  it.runIf(canFreeze)('the primary is frozen (needs /proc)', async () => {
    tell('frozen', await failOver(await bothNamed(freezeForGood)));
  });

  it.runIf(LONG)('the primary is stopped for a switchover', async () => {
    tell('switchover', await failOver(await bothNamed((primary) => primary.stop('fast'))));
  });
});

describe.runIf(LONG)('behind one address that leads to the other server then', () => {
  async function behindProxy(lose: (primary: LocalPostgres, proxy: SwitchableProxy) => unknown) {
    const { primary, standby } = await startServers();
    const proxy = await startProxy('127.0.0.1', primary.port);
    onTestFinished(() => proxy.close());
    return {
      url: throughPort(primary.url(), proxy.port),
      lose: () => lose(primary, proxy),
      replace: async () => {
        await promote(standby);
        proxy.swallow(false);
        proxy.leadTo(standby.port);
        return standby;
      },
    };
  }

  it('the primary is killed', async () => {
    tell('one address, killed', await failOver(await behindProxy(kill)));
  });

  it('nothing comes through to the primary, and its sessions are kept', async () => {
    const failover = await behindProxy((_, proxy) => proxy.swallow(true));
    tell('one address, old sessions kept', await failOver(failover));
  });
});

describe.runIf(LONG && hasPgBouncer)(`through PgBouncer (needs ${PGBOUNCER})`, () => {
  /** PgBouncer before one address, which leads to the standby when that was promoted. */
  async function throughPgBouncer({ primary, standby }: Servers, endsSessions: boolean) {
    const proxy = await startProxy('127.0.0.1', primary.port);
    onTestFinished(() => proxy.close());
    // As the runbook has it.
    const settings = { server_login_retry: '1', server_connect_timeout: '2' };
    const bouncer = await startPgBouncer(throughPort(primary.url(), proxy.port), 'transaction', settings);
    onTestFinished(() => bouncer.stop());
    const replace = async () => {
      await promote(standby);
      proxy.leadTo(standby.port);
      if (endsSessions) proxy.cut();
      return standby;
    };
    return { url: bouncer.url, bouncer, replace };
  }

  it('the server is killed', async () => {
    const servers = await startServers();
    const way = await throughPgBouncer(servers, false);
    tell('PgBouncer, killed', await failOver({ ...way, lose: () => kill(servers.primary) }));
  });

  it.runIf(canFreeze)('the server is frozen, and its sessions are ended with the switch', async () => {
    const servers = await startServers();
    const way = await throughPgBouncer(servers, true);
    tell('PgBouncer, frozen', await failOver({ ...way, lose: () => freezeForGood(servers.primary) }));
  });

  it.runIf(canFreeze)('the server is frozen, and its sessions are kept', async () => {
    const servers = await startServers();
    const way = await throughPgBouncer(servers, false);
    // A peak left more sessions behind than are in use then.
    await Promise.all(Array.from({ length: 16 }, () => sleepThrough(way.url)));
    const failover = { ...way, lose: () => freezeForGood(servers.primary) };
    tell('PgBouncer, frozen, old sessions kept', await failOver(failover));
  });

  it.runIf(canFreeze)('PgBouncer is frozen, and goes on', async () => {
    const { primary, standby } = await startServers();
    const { url, bouncer } = await throughPgBouncer({ primary, standby }, false);
    let thaw: () => void = () => undefined;
    const lose = () => {
      thaw = freeze(bouncer);
    };
    const replace = async () => {
      thaw();
      return primary;
    };
    onTestFinished(() => thaw());
    tell('PgBouncer itself frozen', await failOver({ url, lose, replace }));
  });
});
