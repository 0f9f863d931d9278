import { parseConfig } from '@vatevo/connection';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createDbClient,
  DatabaseFencedError,
  type DbClient,
  readDatabaseState,
  readFileCutover,
  ServerCutover,
  UnknownCutoverStateError,
} from '../../src/index.ts';
import { deployMigrations, setUpRoles } from '../../src/migrations/index.ts';
import { engines } from './support/engines.ts';
import { fence } from './support/fence.ts';
import { newInvoice, newTenant } from './support/rows.ts';

describe.each(engines)('a database that a cutover has fenced, on $name', ({ createStore, kind }) => {
  let store: Awaited<ReturnType<typeof createStore>>;
  let db: DbClient;
  let tenantId: number;
  let invoiceId: number;
  const failures: string[] = [];
  const refused: string[] = [];

  beforeAll(async () => {
    store = await createStore();
    const config = parseConfig(store.env);
    await deployMigrations(config.database);
    if (config.database.kind === 'postgres') await setUpRoles(config.database);
    db = createDbClient({
      config,
      observer: {
        connectionFailed: (reason) => failures.push(reason),
        queryEnded: ({ ok, operation }) => {
          if (!ok) refused.push(operation);
        },
      },
    });
    tenantId = await newTenant(db);
    await db.tenant.updateMany({ data: { webhookUrl: 'http://127.0.0.1:9/' } });
    const event = { eventType: 'invoice.validated', payload: {} };
    ({ id: invoiceId } = await db.forTenant(tenantId).createInvoice(newInvoice(), [event]));
    expect(await db.readCutover()).toBeUndefined();
    await fence(db, kind);
  });
  afterAll(async () => {
    await db?.close();
    await store?.drop();
  });

  const key = () => ({ tenantId_id: { tenantId, id: invoiceId } });
  const event = () => ({ tenantId, invoiceId, eventType: 'x', payload: {} });
  const newRow = { name: 'x', apiKeyHash: 'f'.repeat(64), apiKeyPrefix: 'x' };
  const repeatable = { key: 'again', requestHash: '0'.repeat(64) };
  const writes: [string, () => Promise<unknown>][] = [
    ['a model’s create', () => db.tenant.create({ data: newRow })],
    ['a model’s createMany', () => db.webhookEvent.createMany({ data: [event()] })],
    ['a model’s update', () => db.invoice.update({ where: key(), data: { status: 'FAILED' } })],
    ['a model’s updateMany', () => db.invoice.updateMany({ data: { status: 'FAILED' } })],
    ['a model’s deleteMany', () => db.webhookEvent.deleteMany()],
    ['a raw statement', () => db.$executeRaw`UPDATE invoices SET currency = 'USD' WHERE id = ${invoiceId}`],
    ['a batch', () => db.$transaction([db.tenant.count(), db.invoice.deleteMany()])],
    [
      'an interactive transaction',
      () =>
        db.$transaction(async (inside) => {
          await inside.tenant.count();
          await inside.tenant.create({ data: newRow });
        }),
    ],
    ['the registry', () => db.registry.create(newRow)],
    ['the outbox: claim', () => db.outbox.claim({ most: 9, leaseSeconds: 9, maxAttempts: 9 })],
    ['the outbox: settle', () => db.outbox.settle([{ tenantId, eventId: 1, delivered: true, next: null }])],
    ['a tenant’s invoice', () => db.forTenant(tenantId).createInvoice(newInvoice())],
    ['a tenant’s invoice with events', () => db.forTenant(tenantId).createInvoice(newInvoice(), [event()])],
    ['a repeatable request', () => db.forTenant(tenantId).answerOnce(repeatable, async () => 'x')],
    [
      'a tenant’s transaction',
      () =>
        db
          .forTenant(tenantId)
          .transaction((models) =>
            models.invoice.updateMany({ where: { id: invoiceId }, data: { status: 'FAILED' } }),
          ),
    ],
  ];

  it.each(writes)('refuses with one error: %s', async (_, write) => {
    const before = [refused.length, failures.length];
    const error: unknown = await write().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatabaseFencedError);
    expect((error as Error).message).toContain('repeat it in a few seconds');
    // A refused statement, and no failed connection.
    expect(refused.length).toBeGreaterThan(before[0] as number);
    expect(failures.length).toBe(before[1]);
  });

  it('goes on answering reads, and has changed nothing', async () => {
    const tenant = db.forTenant(tenantId);
    expect(await tenant.invoices({ limit: 10 })).toEqual([
      expect.objectContaining({ id: invoiceId, status: 'DRAFT', currency: 'EUR' }),
    ]);
    expect(await db.tenant.count()).toBe(1);
    expect(await db.webhookEvent.count()).toBe(1);
    expect(await db.outbox.destination({ tenantId, eventId: 1 })).toMatchObject({ secret: null });
    expect(await tenant.transaction((models) => models.invoice.count())).toBe(1);
    expect(db.poolStats()).toMatchObject({ inUse: 0, waiting: 0 });
  });

  it('says so whichever way it is asked', async () => {
    const isFile = kind === 'sqlite';
    const record = {
      move: 'm1',
      state: 'fenced',
      stored: 'fenced',
      ...(!isFile && { sourceName: 'a.db', returnFile: undefined }),
    };
    expect(await db.readCutover()).toEqual(record);
    const { database } = parseConfig(store.env);
    expect(await readDatabaseState(database)).toMatchObject({ ok: true, state: { cutover: 'fenced' } });
    if (database.kind === 'sqlite') {
      expect(await readFileCutover(database.file, 1000)).toEqual({
        ok: true,
        record,
        identity: expect.stringMatching(/^\d+:\d+$/),
      });
      expect(await readFileCutover('/nowhere/x.db', 1000)).toMatchObject({ ok: false, missing: true });
      return;
    }
    const watched = new ServerCutover(database);
    try {
      expect(await watched.read(5000)).toEqual({ ok: true, record });
      // A connection that is lost is one look's failure, and no more.
      await db.$queryRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vatevo cutover' AND datname = current_database()`;
      await expect.poll(() => watched.read(5000)).toEqual({ ok: true, record });
    } finally {
      watched.close();
    }
    const away = new ServerCutover(
      parseConfig({ POSTGRES_URL: 'postgresql://app:s3cr3t@127.0.0.1:1/x' }).database as never,
    );
    const reading = await away.read(1000);
    expect([reading.ok, JSON.stringify(reading).includes('s3cr3t')]).toEqual([false, false]);
  });

  it('refuses everything in a state that only a later release knows', async () => {
    const table = kind === 'postgres' ? 'vatevo_cutover.move' : 'vatevo_cutover';
    await db.$executeRawUnsafe(`UPDATE ${table} SET state = 'paused'`);
    const config = parseConfig(store.env);
    expect(await readDatabaseState(config.database)).toMatchObject({
      ok: true,
      state: { cutover: 'unknown' },
    });
    const opened = createDbClient({ config });
    try {
      const calls: [string, () => Promise<unknown>][] = [
        ['a read', () => opened.tenant.count()],
        ['a tenant’s read', () => opened.forTenant(tenantId).invoices({ limit: 1 })],
        ['a transaction', () => opened.transaction(async (models) => models.tenant.count())],
        ['the record', () => opened.readCutover()],
      ];
      for (const [what, call] of calls) {
        const error: unknown = await call().catch((thrown: unknown) => thrown);
        expect(error, what).toBeInstanceOf(UnknownCutoverStateError);
        expect((error as Error).message).toMatch(/"paused" .* use the later release/);
        expect((error as Error).message).not.toContain('s3cr3t');
      }
      expect(opened.poolStats()).toMatchObject({ inUse: 0, waiting: 0 });
    } finally {
      await opened.close();
    }
  });
});
