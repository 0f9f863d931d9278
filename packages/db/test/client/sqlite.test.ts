import { copyFile, rename, rm } from 'node:fs/promises';
import { parseConfig } from '@vatevo/connection';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ClientClosedError,
  createDbClient,
  DatabaseLockedError,
  type DbClient,
  PoolTimeoutError,
  readDatabaseState,
  UnsupportedOnSqliteError,
} from '../../src/index.ts';
import { deployMigrations, migrationStatus } from '../../src/migrations/index.ts';
import { sqliteStore } from './support/engines.ts';
import { newInvoice, newTenant } from './support/rows.ts';

let store: Awaited<ReturnType<typeof sqliteStore>>;
let db: DbClient;

beforeEach(async () => {
  store = await sqliteStore();
  const config = parseConfig({ ...store.env, DB_POOL_TIMEOUT: '1' });
  await deployMigrations(config.database);
  db = createDbClient({ config });
});
afterEach(async () => {
  await db.close();
  await store.drop();
});

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('callers at the same time', () => {
  it('do not run inside each other’s transactions', async () => {
    const tenantId = await newTenant(db);
    let count = 0;
    const transaction = db
      .$transaction(async (inside) => {
        await inside.tenant.update({ where: { id: tenantId }, data: { name: 'inside' } });
        await wait(500);
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    await wait(50);
    const others = Promise.all([1, 2, 3].map(() => newTenant(db).then(() => count++)));
    await vi.waitFor(() => expect(db.poolStats()).toMatchObject({ size: 1, open: 1, inUse: 1, waiting: 3 }));
    await transaction;
    await others;
    expect(count).toBe(3);
    expect(await db.tenant.count()).toBe(4);
  });

  it('are told when their turn does not come', async () => {
    const long = db.$transaction(() => wait(2500));
    await wait(50);
    await expect(db.tenant.count()).rejects.toThrow(PoolTimeoutError);
    await expect(db.forTenant(1).invoice(1)).rejects.toThrow(PoolTimeoutError);
    await long;
    expect(await db.tenant.count()).toBe(0);
  });
});

describe('another process', () => {
  it('with the file locked is waited for', async () => {
    const other = new Database(store.file);
    other.exec('BEGIN IMMEDIATE');
    setTimeout(() => other.exec('COMMIT'), 300);
    await newTenant(db);
    other.close();
  });

  it('that keeps it locked is an error of its own, and checks say so', async () => {
    const other = new Database(store.file);
    other.exec('BEGIN EXCLUSIVE');
    try {
      await expect(newTenant(db)).rejects.toThrow(DatabaseLockedError);
      await expect(db.$transaction(async () => undefined)).rejects.toThrow(DatabaseLockedError);
      expect(await db.checkDatabase({ timeoutMs: 200 })).toMatchObject({ ok: false, reason: 'locked' });
    } finally {
      other.exec('COMMIT');
      other.close();
    }
    await newTenant(db);
    expect(await db.checkDatabase()).toMatchObject({ ok: true });
  });

  const event = { eventType: 'x', payload: {} };
  const transactions: [string, (tenantId: number) => Promise<unknown>][] = [
    ['exact statements', (tenantId) => db.forTenant(tenantId).createInvoice(newInvoice(), [event])],
    ['models', () => db.$transaction((inside) => inside.tenant.updateMany({ data: { name: 'Changed' } }))],
  ];

  it.each(transactions)('that reads is waited for by the end of a transaction: %s', async (way, write) => {
    const tenantId = await newTenant(db);
    const reader = new Database(store.file);
    reader.exec('BEGIN; SELECT count(*) FROM tenants');
    setTimeout(() => reader.exec('COMMIT'), 300);
    await write(tenantId);
    reader.close();
    expect(await db.webhookEvent.count({ where: { tenantId } })).toBe(way === 'models' ? 0 : 1);
  });

  it.each(transactions)(
    'that reads for too long is an error, and leaves nothing open: %s',
    async (_, write) => {
      const tenantId = await newTenant(db);
      const reader = new Database(store.file);
      reader.exec('BEGIN; SELECT count(*) FROM tenants');
      await expect(write(tenantId)).rejects.toThrow(DatabaseLockedError);
      reader.exec('COMMIT');
      reader.close();
      expect(await db.tenant.findMany({ select: { name: true } })).toEqual([{ name: 'A tenant' }]);
      expect(await db.webhookEvent.count()).toBe(0);
      await write(tenantId);
    },
  );
});

describe('the file', () => {
  it('when missing is named, never made up', async () => {
    await rm(store.file);
    await expect(db.tenant.count()).rejects.toMatchObject({
      name: 'ConnectionError',
      reason: 'missing-database',
    });
    expect(await db.checkDatabase()).toMatchObject({ ok: false, reason: 'missing-database' });
    await expect(db.forTenant(1).invoice(1)).rejects.toThrow(/pnpm db:deploy/);
  });

  it('when replaced is opened anew: nothing is written into one that has no name', async () => {
    await newTenant(db);
    await copyFile(store.file, `${store.file}.copy`);
    await newTenant(db);
    await rename(`${store.file}.copy`, store.file);
    expect(await db.tenant.count()).toBe(1);
    await newTenant(db);
    const other = new Database(store.file, { readonly: true });
    expect(other.prepare('SELECT count(*) FROM tenants').pluck().get()).toBe(2);
    other.close();
  });
});

describe('amounts', () => {
  it('are text on disk, with their scale', async () => {
    const tenantId = await newTenant(db);
    await db.forTenant(tenantId).createInvoice(newInvoice({ subtotal: '0.10' }));
    const other = new Database(store.file, { readonly: true });
    const row = other.prepare(`SELECT typeof(subtotal) || ' ' || subtotal FROM invoices`).pluck().get();
    other.close();
    expect(row).toBe('text 0.10');
  });

  it.each<[string, () => Promise<unknown>]>([
    ['compared', () => db.invoice.findMany({ where: { subtotal: { gt: 9 } } })],
    ['ordered by', () => db.invoice.findMany({ orderBy: { totalAmount: 'asc' } })],
    ['summed', () => db.invoice.aggregate({ _sum: { taxAmount: true } })],
    ['computed with', () => db.invoice.updateMany({ data: { subtotal: { increment: 1 } } })],
  ])('are not %s, because SQLite would do it wrongly', async (_, call) => {
    await expect(call()).rejects.toThrow(UnsupportedOnSqliteError);
  });
});

describe('close', () => {
  it('lets a transaction finish and refuses later calls', async () => {
    const underWay = db.$transaction(async (inside) => {
      await wait(200);
      return inside.tenant.count();
    });
    await wait(50);
    const closed = db.close();
    await expect(db.tenant.count()).rejects.toThrow(ClientClosedError);
    expect(await underWay).toBe(0);
    await closed;
    await db.close();
  });
});

it('a file whose writer was killed is read, checked and migrated, and has none of what was not committed', async () => {
  await newTenant(db);
  const { file } = store;
  const writer = new Database(file);
  writer.pragma('cache_size = 1');
  const before = writer.prepare('SELECT count(*) FROM _prisma_migrations').pluck().get();
  writer.exec(`BEGIN; UPDATE _prisma_migrations SET checksum = 'x', logs = hex(randomblob(20000))`);
  // As if it were killed now: more was changed than it keeps in memory.
  const left = `${file}-left`;
  for (const end of ['', '-journal']) await copyFile(file + end, left + end);
  writer.exec('ROLLBACK');
  writer.close();
  const crashed = () => Promise.all(['', '-journal'].map((end) => copyFile(left + end, `${left}.db${end}`)));
  const target = { kind: 'sqlite', file: `${left}.db` } as const;

  await crashed();
  const status = await migrationStatus(target);
  expect([status.applied.length, status.edited]).toEqual([before, []]);
  await crashed();
  expect((await deployMigrations(target)).applied).toEqual([]);
  await crashed();
  expect(await readDatabaseState(target, { timeoutMs: 1000 })).toMatchObject({ ok: true });
  await crashed();
  const again = createDbClient({ config: parseConfig({ DATABASE_URL: `file:${target.file}` }) });
  expect(await again.checkDatabase()).toMatchObject({ ok: true, readOnly: false });
  expect(await again.tenant.count()).toBe(1);
  await again.close();
});
