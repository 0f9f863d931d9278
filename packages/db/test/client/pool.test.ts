import { parseConfig } from '@vatevo/connection';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ClientClosedError,
  ConnectionError,
  createDbClient,
  type DbClient,
  PoolTimeoutError,
} from '../../src/index.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let admin: pg.Client;
let db: DbClient | undefined;

beforeAll(async () => {
  database = await testDatabase();
  admin = new pg.Client({ connectionString: database.url, ssl: false });
  await admin.connect();
});
afterEach(async () => {
  await db?.close({ timeoutMs: 0 });
  db = undefined;
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

function open(env: Record<string, string> = {}): DbClient {
  db = createDbClient({ config: parseConfig({ POSTGRES_URL: database.url, ...env }) });
  return db;
}

/** The server's own view of the client: the process ids of its sessions. */
async function sessions(): Promise<number[]> {
  const { rows } = await admin.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'vatevo' ORDER BY pid`,
  );
  return rows.map(({ pid }) => pid);
}

/** Keeps a connection busy; async, because Prisma's promises begin their work only when they are waited for. */
const sleep = async (client: DbClient, seconds: number) => {
  await client.$queryRaw`SELECT 1 AS slept FROM pg_sleep(${seconds})`;
};

describe('DB_POOL_SIZE', () => {
  it('is the most connections there ever are', async () => {
    const client = open({ DB_POOL_SIZE: '3' });
    const work = Promise.all(Array.from({ length: 12 }, () => sleep(client, 0.2)));
    await expect.poll(() => client.poolStats()).toMatchObject({ size: 3, open: 3, inUse: 3, waiting: 9 });
    expect(await sessions()).toHaveLength(3);
    await work;
    expect(await sessions()).toHaveLength(3);
  });
});

describe('DB_POOL_MIN', () => {
  it('connections are open after the start, with nobody asking', async () => {
    const client = open({ DB_POOL_SIZE: '6', DB_POOL_MIN: '4' });
    await expect.poll(sessions).toHaveLength(4);
    expect(client.poolStats()).toMatchObject({ min: 4, open: 4, inUse: 0 });
  });

  it('is five, or the size if that is less', async () => {
    open({ DB_POOL_SIZE: '2' });
    await expect.poll(sessions).toHaveLength(2);
  });

  it('is restored when the server ends sessions', async () => {
    open({ DB_POOL_SIZE: '4', DB_POOL_MIN: '3' });
    await expect.poll(sessions).toHaveLength(3);
    const before = await sessions();
    await admin.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [before]);
    await expect.poll(async () => (await sessions()).filter((pid) => !before.includes(pid)).length).toBe(3);
  });

  it('of none opens none', async () => {
    const client = open({ DB_POOL_MIN: '0' });
    expect(client.poolStats().open).toBe(0);
    await client.$queryRaw`SELECT 1`;
    expect(await sessions()).toHaveLength(1);
  });
});

describe('DB_POOL_TIMEOUT', () => {
  it('ends the wait of the caller that is one too many with a clear error', async () => {
    const client = open({ DB_POOL_SIZE: '2', DB_POOL_TIMEOUT: '1' });
    const busy = Promise.all([sleep(client, 4), sleep(client, 4)]);
    await expect.poll(() => client.poolStats().inUse).toBe(2);
    const start = performance.now();
    const error = await client.$queryRaw`SELECT 1`.then(undefined, (thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PoolTimeoutError);
    expect((error as Error).message).toMatch(
      /^No database connection came free within 1 s: all 2 connections were in use .* DB_POOL_SIZE .* DB_POOL_TIMEOUT/,
    );
    expect(performance.now() - start).toBeGreaterThan(900);
    await Promise.all([
      expect(client.forTenant(1).invoice(1)).rejects.toThrow(PoolTimeoutError),
      expect(client.$transaction(async () => undefined)).rejects.toThrow(PoolTimeoutError),
    ]);
    await busy;
    await client.$queryRaw`SELECT 1`;
  });

  it('lets a caller through as soon as a connection comes free', async () => {
    const client = open({ DB_POOL_SIZE: '1', DB_POOL_TIMEOUT: '20' });
    const order: string[] = [];
    const first = sleep(client, 0.5).then(() => order.push('first'));
    await expect.poll(() => client.poolStats().inUse).toBe(1);
    await client.$queryRaw`SELECT 1`.then(() => order.push('second'));
    await first;
    expect(order).toEqual(['first', 'second']);
  });
});

describe('DB_POOL_RECYCLE', () => {
  it('replaces connections that are old enough, in use or not', async () => {
    const client = open({ DB_POOL_SIZE: '3', DB_POOL_MIN: '2', DB_POOL_RECYCLE: '1' });
    await expect.poll(sessions).toHaveLength(2);
    const before = await sessions();
    // A query that is longer than a connection's life is not cut off by it.
    await sleep(client, 1.5);
    await expect
      .poll(async () => (await sessions()).filter((pid) => !before.includes(pid)).length, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(2);
    await expect
      .poll(async () => (await sessions()).some((pid) => before.includes(pid)), { timeout: 10_000 })
      .toBe(false);
  });
});

describe('a connection', () => {
  it('survives a query that the server refuses', async () => {
    const client = open({ DB_POOL_SIZE: '1' });
    await client.$queryRaw`SELECT 1`;
    const before = await sessions();
    await expect(client.$queryRaw`SELECT 1 / 0`).rejects.toThrow();
    await expect(client.$queryRawUnsafe('SELEKT')).rejects.toThrow();
    expect(await sessions()).toEqual(before);
  });

  it('that is lost in use is an error of its own, and the next call gets another', async () => {
    const client = open({ DB_POOL_SIZE: '1' });
    const [{ pid }] = (await client.$queryRaw`SELECT pg_backend_pid() AS pid`) as [{ pid: number }];
    const lost = sleep(client, 30).then(undefined, (thrown: unknown) => thrown);
    await expect.poll(() => client.poolStats().inUse).toBe(1);
    await admin.query('SELECT pg_terminate_backend($1)', [pid]);
    expect(await lost).toMatchObject({ name: 'ConnectionError', reason: 'lost' });
    await client.$queryRaw`SELECT 1`;
  });

  it('that is lost inside a transaction is, too', async () => {
    const client = open({ DB_POOL_SIZE: '1' });
    const lost = client.$transaction(async (transaction) => {
      const [{ pid }] = (await transaction.$queryRaw`SELECT pg_backend_pid() AS pid`) as [{ pid: number }];
      await admin.query('SELECT pg_terminate_backend($1)', [pid]);
      await transaction.$queryRaw`SELECT 1`;
    });
    await expect(lost).rejects.toThrow(ConnectionError);
    await client.$queryRaw`SELECT 1`;
  });

  it('works in UTC whatever the role was told', async () => {
    await admin.query(
      `ALTER DATABASE "${new URL(database.url).pathname.slice(1)}" SET timezone = 'Europe/Berlin'`,
    );
    const client = open({ DB_POOL_SIZE: '1' });
    const [row] = (await client.$queryRaw`SELECT timestamptz '2025-01-15 00:00:00+00' AS at`) as [
      { at: Date },
    ];
    expect(row.at.toISOString()).toBe('2025-01-15T00:00:00.000Z');
  });
});

describe('close', () => {
  it('lets calls under way finish, refuses later ones, and leaves no session', async () => {
    const client = open({ DB_POOL_SIZE: '2' });
    const underWay = sleep(client, 0.5);
    await expect.poll(() => client.poolStats().inUse).toBe(1);
    const closed = client.close();
    await expect(client.$queryRaw`SELECT 1`).rejects.toThrow(ClientClosedError);
    await expect(client.forTenant(1).invoice(1)).rejects.toThrow(ClientClosedError);
    await underWay;
    await closed;
    await client.close();
    await expect.poll(sessions).toEqual([]);
  });

  it('cuts off what takes too long', async () => {
    const client = open({ DB_POOL_SIZE: '1' });
    const tooLong = sleep(client, 60).then(undefined, (thrown: unknown) => thrown);
    await expect.poll(() => client.poolStats().inUse).toBe(1);
    await client.close({ timeoutMs: 200 });
    expect(await tooLong).toBeInstanceOf(ConnectionError);
  });
});
