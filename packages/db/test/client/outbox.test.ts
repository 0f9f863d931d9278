import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/index.ts';
import { engines } from './support/engines.ts';
import { newInvoice } from './support/rows.ts';

const HASH = (n: number) => String(n).padStart(64, '0');
const FOREVER = { most: 100, leaseSeconds: 3600, mostAttempts: 5 };
const event = (eventType = 'invoice.validated') => ({ eventType, payload: { amount: 1.5 } });

describe.each(engines)('the outbox on $name', ({ use }) => {
  const db = use();
  let count = 0;
  const tenant = async (webhookUrl: string | null = 'https://example.org/hook') => {
    count++;
    const { id } = await db().registry.create({
      name: 'A',
      apiKeyHash: HASH(count),
      apiKeyPrefix: '',
      webhookUrl,
      webhookSecret: 'whsec_c2VjcmV0',
    });
    return id;
  };
  const drain = () => db().outbox.claim(FOREVER);

  it('hands out what is due, once, with all that a delivery needs', async () => {
    const tenantId = await tenant();
    const { id } = await db()
      .forTenant(tenantId)
      .createInvoice(newInvoice(), [event(), event('invoice.submitted')]);
    const claimed = await drain();
    expect(claimed).toHaveLength(2);
    const [first] = claimed as [Delivery, Delivery];
    expect(first).toEqual({
      tenantId,
      eventId: expect.any(Number),
      eventType: expect.stringMatching(/^invoice\./),
      payload: expect.any(String),
      createdAt: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/),
      attempt: 1,
      url: 'https://example.org/hook',
      secret: 'whsec_c2VjcmV0',
    });
    expect(JSON.parse(first.payload)).toEqual({ invoice_id: id, amount: 1.5 });
    expect(await drain()).toEqual([]);
    for (const delivery of claimed) await db().outbox.delivered(delivery);
    expect(await db().webhookEvent.count({ where: { tenantId, delivered: true, deliveryAttempts: 1 } })).toBe(
      2,
    );
  });

  it('gives each delivery to one of many callers', async () => {
    const tenantId = await tenant();
    const events = Array.from({ length: 40 }, () => event());
    await db().forTenant(tenantId).createInvoice(newInvoice(), events);
    const claims = await Promise.all(
      Array.from({ length: 8 }, () => db().outbox.claim({ ...FOREVER, most: 10 })),
    );
    const ids = claims.flat().map(({ eventId }) => eventId);
    // Who comes when all that is left is held by others gets nothing, and comes again.
    ids.push(...(await drain()).map(({ eventId }) => eventId));
    expect([ids.length, new Set(ids).size]).toEqual([40, 40]);
  });

  it('hands out again what was neither delivered nor postponed in time', async () => {
    const tenantId = await tenant();
    await db().forTenant(tenantId).createInvoice(newInvoice(), [event()]);
    const [first] = await db().outbox.claim({ ...FOREVER, leaseSeconds: 0 });
    const [again] = await drain();
    expect([first?.attempt, again?.attempt, again?.eventId]).toEqual([1, 2, first?.eventId]);
  });

  it('postpones, and gives up', async () => {
    const tenantId = await tenant();
    await db().forTenant(tenantId).createInvoice(newInvoice(), [event()]);
    const [delivery] = (await drain()) as [Delivery];
    await db().outbox.postpone(delivery, '2020-01-01T00:00:00.000000Z');
    const [again] = (await drain()) as [Delivery];
    expect(again.attempt).toBe(2);
    await db().outbox.postpone(again, '2999-01-01T00:00:00.000000Z');
    expect(await drain()).toEqual([]);
    await db().outbox.postpone(again, null);
    expect(await db().webhookEvent.findFirst({ where: { tenantId } })).toMatchObject({
      delivered: false,
      nextAttemptAt: null,
    });
  });

  it('puts to rest what nobody wants: no address, an inactive tenant, too many attempts', async () => {
    const silent = await tenant(null);
    const sleeping = await tenant();
    const tired = await tenant();
    for (const id of [silent, sleeping, tired])
      await db().forTenant(id).createInvoice(newInvoice(), [event()]);
    await db().tenant.update({ where: { id: sleeping }, data: { isActive: false } });
    await db().webhookEvent.updateMany({ where: { tenantId: tired }, data: { deliveryAttempts: 5 } });
    expect(await drain()).toEqual([]);
    const resting = { tenantId: { in: [silent, sleeping, tired] }, nextAttemptAt: null };
    expect(await db().webhookEvent.count({ where: resting })).toBe(3);
  });

  it('never takes back that an event was delivered', async () => {
    const tenantId = await tenant();
    await db().forTenant(tenantId).createInvoice(newInvoice(), [event()]);
    const [delivery] = (await drain()) as [Delivery];
    await db().outbox.delivered(delivery);
    await db().outbox.postpone(delivery, '2020-01-01T00:00:00.000000Z');
    expect(await drain()).toEqual([]);
    expect(await db().webhookEvent.count({ where: { tenantId, delivered: true } })).toBe(1);
  });
});

describe('the outbox on PostgreSQL alone', () => {
  const postgres = engines.find(({ kind }) => kind === 'postgres') as (typeof engines)[number];
  const db = postgres.use();

  it('finds what is due by its index', async () => {
    const plan = await db().$transaction(async (models) => {
      await models.$executeRaw`SET LOCAL enable_seqscan = off`;
      return models.$queryRaw`EXPLAIN SELECT 1 FROM webhook_events AS e
        WHERE NOT e.delivered AND e.next_attempt_at <= now() ORDER BY e.next_attempt_at LIMIT 10`;
    });
    expect(JSON.stringify(plan)).toContain('webhook_events_due_idx');
  });
});
