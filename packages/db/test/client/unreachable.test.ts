import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { parseConfig } from '@vatevo/connection';
import { startLocalPostgres } from '@vatevo/local-postgres';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ConfigurationError, ConnectionError, createDbClient, type DbClient } from '../../src/index.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function open(url: string, env: Record<string, string> = {}): DbClient {
  const db = createDbClient({ config: parseConfig({ POSTGRES_URL: url, DB_POOL_SIZE: '2', ...env }) });
  cleanUps.push(() => db.close({ timeoutMs: 0 }));
  return db;
}

/** An address that takes connections and never says a word. */
async function silentPort(): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** All that the client says of a database that cannot be reached. */
async function failures(db: DbClient) {
  const check = await db.checkDatabase({ timeoutMs: 1500 });
  const thrown = await Promise.all(
    [
      () => db.tenant.findMany(),
      () => db.forTenant(1).invoice(1),
      () => db.$transaction(async (transaction) => transaction.tenant.findMany()),
    ].map((call) => call().then(undefined, (error: unknown) => error)),
  );
  return { check, thrown };
}

describe('a database that cannot be reached', () => {
  it.each([
    ['refused', 'postgresql://app:s3cr3t@127.0.0.1:1/vatevo'],
    ['unresolved-host', 'postgresql://app:s3cr3t@nowhere.invalid/vatevo'],
  ])('is told as such in every way of calling: %s', async (reason, url) => {
    const { check, thrown } = await failures(open(url));
    expect(check).toMatchObject({ ok: false, reason });
    for (const error of thrown) {
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error).toMatchObject({ reason });
    }
    expect(inspect([check, thrown], { depth: 10, showHidden: true })).not.toContain('s3cr3t');
  });

  it('wrong password and missing database are told apart', async () => {
    const { url, drop } = await testDatabase();
    cleanUps.push(drop);
    const wrong = new URL(url);
    wrong.password = 'wr0ng-passw0rd';
    const { check, thrown } = await failures(open(wrong.href));
    expect([check, ...thrown]).toEqual(Array(4).fill(expect.objectContaining({ reason: 'authentication' })));
    expect(inspect([check, thrown], { depth: 10 })).not.toContain('wr0ng-passw0rd');
    const missing = new URL(url);
    missing.pathname = '/not_there';
    expect((await failures(open(missing.href))).check).toMatchObject({ reason: 'missing-database' });
  });

  it('one that never answers is given up in time, by calls and checks alike', async () => {
    const url = `postgresql://app:s3cr3t@127.0.0.1:${await silentPort()}/vatevo?connect_timeout=1`;
    const { check, thrown } = await failures(open(url));
    expect([check, ...thrown]).toEqual(Array(4).fill(expect.objectContaining({ reason: 'timeout' })));
  });

  it('does not look like an exhausted pool to those who wait in line', async () => {
    const url = `postgresql://app:s3cr3t@127.0.0.1:${await silentPort()}/vatevo`;
    const db = open(url, { DB_POOL_SIZE: '1', DB_POOL_MIN: '0', DB_POOL_TIMEOUT: '1' });
    const errors = await Promise.all(
      [1, 2, 3].map(() => db.$queryRaw`SELECT 1`.then(undefined, (error: unknown) => error)),
    );
    expect(errors).toEqual(
      Array(3).fill(expect.objectContaining({ name: 'ConnectionError', reason: 'timeout' })),
    );
  });
});

describe('a server that goes away', () => {
  it('is noticed when it is frozen, and found again when it goes on', async () => {
    const server = await startLocalPostgres();
    cleanUps.push(() => server.dispose());
    const db = open(server.url(), { DB_POOL_SIZE: '1' });
    await db.$queryRaw`SELECT 1`;
    process.kill(server.pid, 'SIGSTOP');
    try {
      expect(await db.checkDatabase({ timeoutMs: 1000 })).toMatchObject({ ok: false, reason: 'timeout' });
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    await expect.poll(() => db.checkDatabase(), { timeout: 10_000 }).toMatchObject({ ok: true });
  });

  it('costs errors while it is down and nothing afterwards', async () => {
    const server = await startLocalPostgres();
    cleanUps.push(() => server.dispose());
    const db = open(server.url());
    await db.$queryRaw`SELECT 1`;
    await server.stop('immediate');
    await expect(db.$queryRaw`SELECT 1`).rejects.toThrow(ConnectionError);
    expect(await db.checkDatabase({ timeoutMs: 1000 })).toMatchObject({ ok: false, reason: 'refused' });
    await server.start();
    await db.$queryRaw`SELECT 1`;
    expect(await db.checkDatabase()).toMatchObject({ ok: true });
    // The minimum is there again without anybody asking for it.
    await expect.poll(() => db.poolStats(), { timeout: 30_000 }).toMatchObject({ open: 2, inUse: 0 });
  });
});

describe('createDbClient', () => {
  it('names what is wrong in the environment, and shows no secret when it is printed', async () => {
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv('POSTGRES_URL', 'mysql://app:s3cr3t@db/vatevo');
    expect(() => createDbClient()).toThrow(ConfigurationError);
    expect(() => createDbClient()).toThrow(/^POSTGRES_URL is not a PostgreSQL URL; allowed: postgresql:/);
    const db = open('postgresql://app:s3cr3t@127.0.0.1:1/vatevo');
    expect(db.describeConnection()).toBe('postgresql://app@127.0.0.1:1/vatevo (sslmode=disable)');
    expect(inspect(db, { depth: 20 })).not.toContain('s3cr3t');
  });
});
