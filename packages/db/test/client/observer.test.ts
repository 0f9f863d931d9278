import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { parseConfig } from '@vatevo/connection';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { createDbClient, type DbClient, type DbObserver, hashApiKey } from '../../src/index.ts';
import { deployMigrations, setUpRoles } from '../../src/migrations/index.ts';
import { engines, sqliteStore } from './support/engines.ts';

const SECRET = 'sesame-0pen';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** An observer that keeps what it is told. */
function recorder() {
  const queries: { ms: number; ok: boolean; statement: string }[] = [];
  const waits: number[] = [];
  const failures: string[] = [];
  const observer: DbObserver = {
    queryEnded: ({ ms, ok, statement }) => queries.push({ ms, ok, statement: statement() }),
    connectionWaited: (ms) => waits.push(ms),
    connectionFailed: (reason) => failures.push(reason),
  };
  return { observer, queries, waits, failures };
}

function open(env: Record<string, string>, observer: DbObserver): DbClient {
  const db = createDbClient({ config: parseConfig(env), observer });
  cleanUps.push(() => db.close({ timeoutMs: 0 }));
  return db;
}

describe.each(engines)('the observer on $name', ({ createStore, kind }) => {
  async function prepared(env: Record<string, string> = {}) {
    const store = await createStore();
    cleanUps.push(() => store.drop());
    const { database } = parseConfig(store.env);
    await deployMigrations(database);
    if (database.kind === 'postgres') await setUpRoles(database);
    const told = recorder();
    return { db: open({ ...store.env, ...env }, told.observer), ...told };
  }

  it('is told of every statement, whichever way it is made, and of no value', async () => {
    const { db, queries, waits } = await prepared();
    const data = { name: SECRET, apiKeyHash: hashApiKey(SECRET), apiKeyPrefix: 's' };
    const ways: [string, () => Promise<unknown>][] = [
      ['model', () => db.tenant.create({ data })],
      ['raw', () => db.$queryRaw`SELECT ${SECRET} AS said`],
      ['raw, with the value in the text', () => db.$queryRawUnsafe(`SELECT '${SECRET}' AS said`)],
      ['registry', () => db.registry.findByKeyHash(SECRET)],
      ['tenant', () => db.forTenant(1).invoices({ limit: 1 })],
      ['transaction', () => db.$transaction((inside) => inside.tenant.findMany({ where: { name: SECRET } }))],
    ];
    for (const [way, call] of ways) {
      queries.length = 0;
      await call();
      expect([way, queries.length > 0, queries.every(({ ok }) => ok)]).toEqual([way, true, true]);
      expect(queries.some(({ statement }) => /SELECT|INSERT/.test(statement))).toBe(true);
      expect(JSON.stringify(queries)).not.toContain(SECRET);
    }
    expect(waits.length).toBeGreaterThanOrEqual(ways.length);
  });

  it('is told that a statement was refused, which is no failure of a connection', async () => {
    const { db, queries, failures } = await prepared();
    await db.$queryRawUnsafe('SELECT nothing FROM nowhere').catch(() => undefined);
    expect(queries).toEqual([
      expect.objectContaining({ ok: false, statement: 'SELECT nothing FROM nowhere' }),
    ]);
    expect(failures).toEqual([]);
  });

  it('is told that no connection came free, and the pool says how long it has been exhausted', async () => {
    const { db, failures, waits } = await prepared({ DB_POOL_SIZE: '1', DB_POOL_TIMEOUT: '1' });
    expect(db.poolStats().exhaustedMs).toBe(0);
    let free = () => {};
    const held = db.$transaction(async (inside) => {
      await inside.$queryRaw`SELECT 1`;
      await new Promise<void>((resolve) => {
        free = resolve;
      });
    });
    await expect.poll(() => db.poolStats().inUse).toBe(1);
    await expect(db.$queryRaw`SELECT 2`).rejects.toThrow('No database connection came free');
    expect(failures).toEqual(['pool-timeout']);
    expect(Math.max(...waits)).toBeGreaterThan(900);
    expect(db.poolStats().exhaustedMs).toBeGreaterThan(900);
    free();
    await held;
    await expect.poll(() => db.poolStats().exhaustedMs).toBe(0);
    expect(kind).toMatch(/postgres|sqlite/);
  });
});

describe('connections that fail', () => {
  it('are told with their reason: refused, lost', async () => {
    const refused = recorder();
    const db = open({ POSTGRES_URL: 'postgresql://app@127.0.0.1:1/x', DB_POOL_MIN: '0' }, refused.observer);
    await db.$queryRaw`SELECT 1`.catch(() => undefined);
    expect(refused.failures).toEqual(['refused']);

    const lost = recorder();
    const hangsUp = createServer((socket) => socket.once('data', () => socket.destroy())).listen(
      0,
      '127.0.0.1',
    );
    await once(hangsUp, 'listening');
    cleanUps.push(() => hangsUp.close());
    const { port } = hangsUp.address() as AddressInfo;
    const other = open(
      { POSTGRES_URL: `postgresql://app@127.0.0.1:${port}/x`, DB_POOL_MIN: '0' },
      lost.observer,
    );
    await other.$queryRaw`SELECT 1`.catch(() => undefined);
    expect(lost.failures).toEqual(['lost']);
  });

  it('are told of a SQLite file that is locked, or gone', async () => {
    const { file, env, drop } = await sqliteStore();
    cleanUps.push(drop);
    await deployMigrations(parseConfig(env).database);
    const { observer, failures } = recorder();
    const db = open({ ...env, DB_POOL_TIMEOUT: '1' }, observer);
    const blocker = new Database(file);
    blocker.exec('BEGIN EXCLUSIVE');
    await expect(db.tenant.findMany()).rejects.toThrow('stayed locked');
    blocker.close();
    await rename(file, `${file}.away`);
    await expect(db.tenant.findMany()).rejects.toThrow('There is no SQLite file');
    expect(failures).toEqual(['locked', 'missing-database']);
  });
});
