import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ClaimOptions, DbClient, Delivery } from '../../src/index.ts';
import { enginesAndCluster as engines } from './support/engines.ts';
import { newInvoice } from './support/rows.ts';

const HASH = (n: number) => String(n).padStart(64, '0');
const FOREVER = { most: 100, leaseSeconds: 3600, maxAttempts: 5 };
const event = (eventType = 'invoice.validated') => ({ eventType, payload: { amount: 1.5 } });

/** Sessions that wait for a lock, on one server or on those of a cluster. */
async function waiting(db: DbClient, name: string): Promise<number> {
  const sessions = name === 'Citus' ? 'citus_stat_activity' : 'pg_stat_activity';
  const rows = await db.$queryRawUnsafe<{ n: number }[]>(
    `SELECT count(*)::int AS n FROM ${sessions} WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows[0]?.n ?? 0;
}

describe.each(engines)('the outbox on $name', ({ use, kind, name }) => {
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
  const postpone = (delivery: Delivery, next: string | null) =>
    db().outbox.settle([{ ...delivery, delivered: false, next }]);

  it('loses none to retention while others deliver', async () => {
    const tenantId = await tenant();
    const events = Array.from({ length: 60 }, () => event());
    await db().forTenant(tenantId).createInvoice(newInvoice(), events);
    const before = new Date(Date.now() + 3_600_000).toISOString();
    const delivered: number[] = [];
    const deliver = async () => {
      for (;;) {
        const claimed = await db().outbox.claim({ ...FOREVER, most: 4 });
        if (claimed.length === 0) return;
        await db().outbox.settle(claimed.map((one) => ({ ...one, delivered: true, next: null })));
        delivered.push(...claimed.map(({ eventId }) => eventId));
      }
    };
    let deleted = 0;
    const forget = async () => {
      deleted += (await db().outbox.forgetDelivered({ before, most: 1000 })).deleted;
    };
    const deliveries = Promise.all([deliver(), deliver(), deliver()]);
    let isOver = false;
    const over = deliveries.finally(() => {
      isOver = true;
    });
    while (!isOver) await forget();
    await over;
    await forget();
    expect({ times: delivered.length, events: new Set(delivered).size, deleted }).toEqual({
      times: 60,
      events: 60,
      deleted: 60,
    });
  });

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
    await db().outbox.settle(claimed.map((delivery) => ({ ...delivery, delivered: true, next: null })));
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
    await postpone(delivery, '2020-01-01T00:00:00.000000Z');
    const [again] = (await drain()) as [Delivery];
    expect(again.attempt).toBe(2);
    await postpone(again, '2999-01-01T00:00:00.000000Z');
    expect(await drain()).toEqual([]);
    await postpone(again, null);
    expect(await db().webhookEvent.findFirst({ where: { tenantId } })).toMatchObject({
      delivered: false,
      nextAttemptAt: null,
    });
  });

  it('has nothing to hand out of events that nobody wants', async () => {
    const silent = await tenant(null);
    const sleeping = await tenant();
    await db().tenant.update({ where: { id: sleeping }, data: { isActive: false } });
    for (const id of [silent, sleeping])
      await db().forTenant(id).createInvoice(newInvoice(), [event(), event()]);
    const resting = { tenantId: { in: [silent, sleeping] }, nextAttemptAt: null };
    expect(await db().webhookEvent.count({ where: resting })).toBe(4);
  });

  it('puts to rest what nobody wants any more: no address, an inactive tenant, too many attempts', async () => {
    const silent = await tenant();
    const sleeping = await tenant();
    const tired = await tenant();
    for (const id of [silent, sleeping, tired])
      await db().forTenant(id).createInvoice(newInvoice(), [event(), event()]);
    await db().tenant.update({ where: { id: silent }, data: { webhookUrl: null } });
    await db().tenant.update({ where: { id: sleeping }, data: { isActive: false } });
    await db().webhookEvent.updateMany({ where: { tenantId: tired }, data: { deliveryAttempts: 5 } });
    expect(await drain()).toEqual([]);
    const resting = { tenantId: { in: [silent, sleeping, tired] }, nextAttemptAt: null };
    expect(await db().webhookEvent.count({ where: resting })).toBe(6);
  });

  it('goes round the tenants, and takes no more of one than there is room for', async () => {
    const [first, second, third] = [await tenant(), await tenant(), await tenant()];
    for (const id of [first, second, third])
      await db()
        .forTenant(id)
        .createInvoice(
          newInvoice(),
          Array.from({ length: 9 }, () => event()),
        );
    const counts = (deliveries: readonly Delivery[]) =>
      [first, second, third].map((id) => deliveries.filter(({ tenantId }) => tenantId === id).length);
    const claim = async (options: Partial<ClaimOptions>) =>
      counts(await db().outbox.claim({ ...FOREVER, perTenant: 2, ...options }));
    expect(await claim({})).toEqual([2, 2, 2]);
    expect(await claim({ most: 3, after: first })).toEqual([0, 2, 1]);
    expect(await claim({ most: 3, after: third })).toEqual([2, 1, 0]);
    const rooms = new Map([
      [first, 0],
      [third, 5],
    ]);
    expect(await claim({ rooms })).toEqual([0, 2, 5]);
    expect(await claim({ perTenant: 100 })).toEqual([5, 2, 1]);
  });

  it('says where a delivery goes by now, and takes back what was not sent of it', async () => {
    const tenantId = await tenant();
    await db().forTenant(tenantId).createInvoice(newInvoice(), [event(), event()]);
    const claimed = (await drain()) as [Delivery, Delivery];
    const change = (data: object) => db().tenant.update({ where: { id: tenantId }, data });
    const destinations = () => Promise.all(claimed.map((delivery) => db().outbox.destination(delivery)));
    const [url, secret] = ['https://example.net/', 'whsec_bmV4dA=='];
    await change({ webhookUrl: url, webhookSecret: secret });
    expect(await destinations()).toEqual([
      { url, secret },
      { url, secret },
    ]);
    for (const nowhere of [{ webhooksPaused: true }, { webhookUrl: null }, { isActive: false }]) {
      await change(nowhere);
      expect(await destinations()).toEqual([undefined, undefined]);
      await change({ webhooksPaused: false, webhookUrl: url, isActive: true });
    }
    const [arrived, unsent] = claimed;
    await db().outbox.settle([{ ...arrived, delivered: true, next: null }]);
    expect(await destinations()).toEqual([undefined, { url, secret }]);
    await db().outbox.giveBack(claimed);
    const counted = { select: { delivered: true, deliveryAttempts: true }, orderBy: { id: 'asc' } } as const;
    expect(await db().webhookEvent.findMany({ where: { tenantId }, ...counted })).toEqual([
      { delivered: true, deliveryAttempts: 1 },
      { delivered: false, deliveryAttempts: 0 },
    ]);
    expect(await drain()).toEqual([{ ...unsent, url, secret }]);
    // What another worker has taken by then is no longer for the first one to give back.
    await db().outbox.giveBack([{ ...unsent, attempt: 2 }]);
    expect(await drain()).toEqual([]);
    await db().outbox.settle([{ ...unsent, delivered: true, next: null }]);
  });

  it('lets no delivery that was under way undo that its event is sent again', async () => {
    const tenantId = await tenant();
    await db().forTenant(tenantId).createInvoice(newInvoice(), [event(), event(), event()]);
    const claimed = (await drain()) as [Delivery, Delivery, Delivery];
    const { webhook } = db().forTenant(tenantId);
    for (const { eventId } of claimed) await webhook.sendAgain(eventId);
    const [failed, lost, arrived] = claimed;
    await postpone(failed, '2999-01-01T00:00:00.000000Z');
    await postpone(lost, null);
    await db().outbox.settle([{ ...arrived, delivered: true, next: null }]);
    const again = await drain();
    expect(again.map(({ eventId, attempt }) => [eventId, attempt])).toEqual(
      expect.arrayContaining(claimed.map(({ eventId }) => [eventId, 1])),
    );
    await db().outbox.settle(again.map((delivery) => ({ ...delivery, delivered: true, next: null })));
    expect(await db().webhookEvent.count({ where: { tenantId, delivered: true } })).toBe(3);
  });

  it.runIf(kind === 'postgres')(
    'sends failed events again once, however many ask for it at a time',
    async () => {
      const tenantId = await tenant();
      const { id } = await db().forTenant(tenantId).createInvoice(newInvoice(), [event(), event()]);
      const ofInvoice = { tenantId, invoiceId: id };
      await db().webhookEvent.updateMany({ where: ofInvoice, data: { nextAttemptAt: null } });
      const { webhook } = db().forTenant(tenantId);
      const counts = await db().transaction(async (models) => {
        // Both calls have found the events when they come to wait for them.
        await models.$queryRaw`SELECT id FROM webhook_events WHERE tenant_id = ${tenantId} FOR UPDATE`;
        const asked = [webhook.sendFailedAgain(10), webhook.sendFailedAgain(10)];
        while ((await waiting(db(), name)) < 2) await sleep(10);
        return asked;
      });
      expect((await Promise.all(counts)).toSorted()).toEqual([0, 2]);
      expect(await drain()).toHaveLength(2);
    },
  );

  it('never takes back that an event was delivered', async () => {
    const tenantId = await tenant();
    await db().forTenant(tenantId).createInvoice(newInvoice(), [event()]);
    const [delivery] = (await drain()) as [Delivery];
    await db().outbox.settle([{ ...delivery, delivered: true, next: null }]);
    await postpone(delivery, '2020-01-01T00:00:00.000000Z');
    expect(await drain()).toEqual([]);
    expect(await db().webhookEvent.count({ where: { tenantId, delivered: true } })).toBe(1);
  });
});
