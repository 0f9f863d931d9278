import { parseConfig } from '@vatevo/connection';
import { describe, expect, it, vi } from 'vitest';
import { query } from '../support/sql.ts';
import { postgresStore, sqliteStore } from './support/engines.ts';

type Exports = typeof import('../../src/index.ts');

/** As a development server does at a change: the modules are loaded anew, in the same process. */
async function reload(): Promise<Exports> {
  vi.resetModules();
  return import('../../src/index.ts');
}

describe('singletonDbClient', () => {
  it('holds one pool however often the modules are loaded anew', async () => {
    const { env, drop } = await postgresStore();
    const config = parseConfig({ ...env, DB_POOL_SIZE: '2' });
    const clients = [];
    for (let i = 0; i < 8; i++) {
      const { singletonDbClient } = await reload();
      const db = singletonDbClient({ config });
      await Promise.all([1, 2, 3].map(() => db.$queryRaw`SELECT pg_sleep(0.01)::text`));
      clients.push(db);
    }
    expect(new Set(clients).size).toBe(1);
    const database = config.database;
    if (database.kind !== 'postgres') throw new Error('this is PostgreSQL');
    const [row] = await query(
      database,
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    expect(row).toEqual({ count: 2 });
    await clients[0]?.close();
    await drop();
  });

  it('is made anew when it was closed, and one for each name', async () => {
    const { singletonDbClient } = await reload();
    const { env, drop } = await sqliteStore();
    const config = parseConfig(env);
    const first = singletonDbClient({ config });
    const other = singletonDbClient({ config }, 'reports');
    expect(other).not.toBe(first);
    expect(singletonDbClient({ config }, 'reports')).toBe(other);
    await first.close();
    const second = singletonDbClient({ config });
    expect(second).not.toBe(first);
    await Promise.all([second.close(), other.close()]);
    await drop();
  });

  it('is made anew when it was closed through an extension of it', async () => {
    const { singletonDbClient, Prisma } = await reload();
    const { env, drop } = await sqliteStore();
    const config = parseConfig(env);
    const first = singletonDbClient({ config });
    const extended = first.$extends({ name: 'one' }).$extends({ name: 'another' });
    expect(singletonDbClient({ config })).toBe(first);
    await extended.close();
    const second = singletonDbClient({ config });
    expect(second).not.toBe(first);
    const own = second.$extends({
      client: {
        async stop() {
          await (Prisma.getExtensionContext(this) as unknown as typeof second).close();
        },
      },
    });
    await own.stop();
    const third = singletonDbClient({ config });
    expect(third).not.toBe(second);
    // Prisma's own lets go of nothing: the pool is ours.
    await (third as unknown as { $disconnect(): Promise<void> }).$disconnect();
    expect(singletonDbClient({ config })).toBe(third);
    await third.close();
    await drop();
  });
});
