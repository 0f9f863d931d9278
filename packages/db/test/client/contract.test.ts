import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { hashApiKey, InvalidValueError, Prisma, QueryFailedError } from '../../src/index.ts';
import { enginesAndCluster as engines } from './support/engines.ts';
import { newInvoice, newTenant } from './support/rows.ts';

describe.each(engines)('a client on $name', ({ use, kind }) => {
  const db = use();

  it('stores and finds through the models, the tenant in every key', async () => {
    const tenantId = await newTenant(db());
    const other = await newTenant(db());
    const { id } = await db().forTenant(tenantId).createInvoice(newInvoice());
    const found = await db().invoice.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id } } });
    expect(found).toMatchObject({
      id: BigInt(id),
      status: 'DRAFT',
      currency: 'EUR',
      retryCount: 0,
      updatedAt: null,
    });
    expect(found.totalAmount.equals('119')).toBe(true);
    expect(found.supplierData).toEqual({ name: 'Müller & Söhne' });
    expect(await db().invoice.findUnique({ where: { tenantId_id: { tenantId: other, id } } })).toBeNull();
  });

  it('says in few words what the database refuses, without code and without the values', async () => {
    const secret = 'sesame-of-somebody';
    const tenantId = await newTenant(db());
    const where = { tenantId_id: { tenantId, id: 4711 } };
    const calls = [
      // A row that there is not, a table that there is not, a key that is there already.
      db().invoice.update({ where, data: { errorMessage: secret } }),
      db().$queryRaw`SELECT ${secret} FROM nowhere`,
      db().tenant.create({ data: { id: tenantId, name: secret, apiKeyHash: secret, apiKeyPrefix: 'vat' } }),
    ];
    for (const call of calls) {
      const { message } = await call.then(
        () => expect.fail('It was taken.'),
        (error: Error) => error,
      );
      expect(message.length).toBeLessThan(1000);
      expect(message).not.toMatch(/sesame|\.cjs|function/);
    }
  });

  it('keeps the scale of amounts and the microseconds of times', async () => {
    const tenantId = await newTenant(db());
    const amounts = [
      '0',
      '0.00',
      '-0.5',
      '100.00',
      '12345678901234567890.12345678901234567890',
      '1'.repeat(60),
    ];
    for (const amount of amounts) {
      const invoice = await db()
        .forTenant(tenantId)
        .createInvoice(newInvoice({ subtotal: amount, issueDate: '2025-03-30T01:30:00.123456+02:00' }));
      expect(invoice.subtotal).toBe(amount);
      expect(invoice.issueDate).toBe('2025-03-29T23:30:00.123456Z');
      expect(await db().forTenant(tenantId).invoice(invoice.id)).toEqual(invoice);
    }
  });

  it('writes the times it makes itself in the same form', async () => {
    const tenantId = await newTenant(db());
    const { id, createdAt } = await db().forTenant(tenantId).createInvoice(newInvoice());
    expect(createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    await db().invoice.update({ where: { tenantId_id: { tenantId, id } }, data: { status: 'SUBMITTED' } });
    const updated = await db().forTenant(tenantId).invoice(id);
    expect(updated?.status).toBe('SUBMITTED');
    expect(updated?.updatedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  it('stores amounts and times of the models so that exact reads find them', async () => {
    const tenantId = await newTenant(db());
    const { id } = await db().invoice.create({
      data: {
        tenantId,
        externalId: 'EXT-2',
        countryCode: 'IT',
        invoiceNumber: 'INV-2',
        totalAmount: 0,
        supplierData: {},
        customerData: {},
        lineItems: [],
        subtotal: new Prisma.Decimal('1e21'),
        taxAmount: '0.10',
        issueDate: new Date('2025-01-15T10:00:00.250Z'),
      },
    });
    expect(await db().forTenant(tenantId).invoice(Number(id))).toMatchObject({
      subtotal: '1000000000000000000000',
      taxAmount: expect.stringMatching(/^0\.10?$/),
      issueDate: '2025-01-15T10:00:00.250000Z',
    });
  });

  it('finds rows by a time, however it was stored', async () => {
    const tenantId = await newTenant(db());
    await db()
      .forTenant(tenantId)
      .createInvoice(newInvoice({ dueDate: '2025-05-01T10:00:00.000000Z' }));
    await db()
      .forTenant(tenantId)
      .createInvoice(newInvoice({ dueDate: '2025-05-01T12:00:00+01:00' }));
    const due = (date: string) =>
      db().invoice.count({ where: { tenantId, dueDate: { lte: new Date(date) } } });
    expect([
      await due('2025-05-01T09:59:59Z'),
      await due('2025-05-01T10:00:00Z'),
      await due('2025-05-01T11:00:00Z'),
    ]).toEqual([0, 1, 2]);
  });

  it('lists one tenant’s invoices by id, filtered and page by page', async () => {
    const tenantId = await newTenant(db());
    await db()
      .forTenant(await newTenant(db()))
      .createInvoice(newInvoice());
    const ids: number[] = [];
    for (const status of ['DRAFT', 'FAILED', 'DRAFT', 'FAILED', 'DRAFT'] as const) {
      ids.push((await db().forTenant(tenantId).createInvoice(newInvoice({ status }))).id);
    }
    const list = async (query: object) =>
      (
        await db()
          .forTenant(tenantId)
          .invoices({ limit: 100, ...query })
      ).map(({ id }) => id);
    expect(await list({})).toEqual(ids);
    expect(await list({ status: 'FAILED' })).toEqual([ids[1], ids[3]]);
    expect(await list({ limit: 2, skip: 1 })).toEqual([ids[1], ids[2]]);
    expect(await list({ limit: 2, after: ids[1] })).toEqual([ids[2], ids[3]]);
    expect(await list({ after: 2 ** 40 })).toEqual([]);
    expect(
      await db()
        .forTenant(tenantId)
        .invoice(2 ** 53),
    ).toBeNull();
  });

  it.each([
    ['short', 20],
    ['long', 21],
  ])('ends a %s page at its bytes, and says whether there is more', async (_, limit) => {
    const tenant = db().forTenant(await newTenant(db()));
    const ids: number[] = [];
    for (const externalId of ['ä'.repeat(500), 'b', 'c'.repeat(500), 'd'])
      ids.push((await tenant.createInvoice(newInvoice({ externalId }))).id);
    const page = async (query: object) => {
      const { invoices, more } = await tenant.page({ limit, maxBytes: 1e6, ...query });
      return [invoices.map(({ id }) => id), more];
    };
    expect(await page({})).toEqual([ids, false]);
    expect(await page({ maxBytes: 1 })).toEqual([[ids[0]], true]);
    // The first alone has a thousand.
    expect(await page({ maxBytes: 1000 })).toEqual([[ids[0]], true]);
    expect(await page({ maxBytes: 1400, after: ids[0] })).toEqual([ids.slice(1), false]);
    expect(await page({ maxBytes: 500, after: ids[0] })).toEqual([ids.slice(1, 3), true]);
    expect(await page({ maxBytes: 500, skip: 3 })).toEqual([[ids[3]], false]);
  });

  it('stores an invoice with its events, all or nothing', async () => {
    const tenantId = await newTenant(db());
    const event = { eventType: 'invoice.validated', payload: { status: 'validated' } };
    const { id } = await db().forTenant(tenantId).createInvoice(newInvoice(), [event, event]);
    const events = await db().webhookEvent.findMany({ where: { tenantId, invoiceId: id } });
    expect(events.map(({ payload }) => payload)).toEqual(
      [1, 2].map(() => ({ invoice_id: id, status: 'validated' })),
    );
    const broken = { ...event, eventType: null as unknown as string };
    await expect(db().forTenant(tenantId).createInvoice(newInvoice(), [event, broken])).rejects.toThrow(
      QueryFailedError,
    );
    expect(await db().invoice.count({ where: { tenantId } })).toBe(1);
    expect(await db().webhookEvent.count({ where: { tenantId } })).toBe(2);
  });

  it('finds the tenant that holds a key', async () => {
    const id = await newTenant(db(), 'vat_0123456789abcdef');
    expect(await db().registry.findByKeyHash(hashApiKey('vat_0123456789abcdef'))).toMatchObject({
      id,
      apiKeyPrefix: 'vat_0',
      isActive: true,
    });
    expect(await db().registry.findByKeyHash(hashApiKey('another'))).toBeNull();
  });

  it('rolls a transaction back as a whole', async () => {
    const tenantId = await newTenant(db());
    await expect(
      db().$transaction(async (transaction) => {
        await transaction.tenant.update({ where: { id: tenantId }, data: { name: 'Changed' } });
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    const [tenant, count] = await db().$transaction([
      db().tenant.findUniqueOrThrow({ where: { id: tenantId } }),
      db().tenant.count(),
    ]);
    expect([tenant.name, count > 0]).toEqual(['A tenant', true]);
  });

  it('refuses what would not be stored as it is, and writes nothing', async () => {
    const tenantId = await newTenant(db());
    for (const change of [
      { subtotal: 'NaN' },
      { subtotal: '1e3' },
      { issueDate: '2024-02-30' },
      { issueDate: '2024-01-01T00:00:00.1234567Z' },
    ]) {
      await expect(db().forTenant(tenantId).createInvoice(newInvoice(change))).rejects.toThrow(
        InvalidValueError,
      );
    }
    expect(await db().invoice.count({ where: { tenantId } })).toBe(0);
  });

  it.each([
    ['greater than all of tenants', 2 ** 31, 0],
    ['the greatest', Number.MAX_SAFE_INTEGER, 0],
    ['greater than all', 2 ** 53, 0],
    ['smaller than all', -(2 ** 53), 1],
    ['between two', 0.5, 1],
  ])('has nothing under an id that is %s, and goes on behind it', async (_name, id, behind) => {
    const tenantId = await newTenant(db());
    const event = { eventType: 'invoice.validated', payload: {} };
    const { invoice, invoices, page, webhook, createInvoice } = db().forTenant(tenantId);
    await createInvoice(newInvoice(), [event]);
    expect([await invoice(id), await webhook.sendAgain(id)]).toEqual([null, null]);
    expect(await invoices({ after: id, limit: 9 })).toHaveLength(behind);
    expect((await page({ after: id, limit: 9, maxBytes: 1e6 })).invoices).toHaveLength(behind);
    expect(await webhook.list({ after: id, limit: 9 })).toHaveLength(behind);
    const rotation = { tenantId: id, apiKeyHash: hashApiKey('new'), apiKeyPrefix: 'new', graceSeconds: 60 };
    expect(await db().registry.rotateKey(rotation)).toBeNull();
    expect(() => db().forTenant(id)).toThrow(`${id} is no tenant's id`);
  });

  it('takes a key that was replaced for so long by the clock of the database, whatever the clock here says', async () => {
    const old = hashApiKey(`old ${kind}`);
    const { id } = await db().registry.create({ name: 'A tenant', apiKeyHash: old, apiKeyPrefix: 'old' });
    onTestFinished(() => void vi.useRealTimers());
    if (kind === 'postgres') vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
    const rotate = (name: string, graceSeconds: number) =>
      db().registry.rotateKey({
        tenantId: id,
        apiKeyHash: hashApiKey(name),
        apiKeyPrefix: 'new',
        graceSeconds,
      });
    expect(await rotate(`new ${kind}`, 600)).toEqual({ oldKeyUntil: expect.stringMatching(/^2.*\.\d{6}Z$/) });
    expect(await db().registry.findByKeyHash(old)).toMatchObject({ id });
    expect(await rotate(`newer ${kind}`, 0)).toEqual({ oldKeyUntil: null });
    expect(await db().registry.findByKeyHash(old)).toBeNull();
  });

  it('tells what the database refuses', async () => {
    const nobody = 2_000_000_000;
    const failure = await db()
      .forTenant(nobody)
      .createInvoice(newInvoice())
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(QueryFailedError);
    expect((failure as QueryFailedError).code).toBe(
      kind === 'postgres' ? '23503' : 'SQLITE_CONSTRAINT_FOREIGNKEY',
    );
    const data = { name: 'A tenant', apiKeyHash: hashApiKey('taken'), apiKeyPrefix: '' };
    await db().tenant.create({ data });
    await expect(db().tenant.create({ data })).rejects.toMatchObject({ code: 'P2002' });
  });

  it('is healthy, and describes itself without its password', async () => {
    expect(await db().checkDatabase()).toMatchObject({ ok: true, latencyMs: expect.any(Number) });
    expect(db().describeConnection()).toMatch(
      kind === 'postgres' ? /^postgresql:\/\/postgres@127/ : /^SQLite file/,
    );
  });
});
