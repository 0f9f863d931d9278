import { describe, expect, it } from 'vitest';
import type { Forgotten } from '../../src/index.ts';
import { enginesAndCluster as engines } from './support/engines.ts';
import { newInvoice, newTenant } from './support/rows.ts';

const OLD = '2025-01-01T00:00:00.000000Z';
const LIMIT = '2025-06-01T00:00:00.000000Z';
const YOUNG = '2025-12-01T00:00:00.000000Z';

const DELIVERED = { createdAt: OLD, lastAttemptAt: OLD, delivered: true };
const EVENTS = {
  'an old one': DELIVERED,
  'an old one without a time of its delivery': { ...DELIVERED, lastAttemptAt: null },
  'a given up one': { ...DELIVERED, delivered: false },
  'a later delivered one': { ...DELIVERED, lastAttemptAt: YOUNG },
  'another old one': DELIVERED,
  'a young one': { ...DELIVERED, createdAt: YOUNG, lastAttemptAt: YOUNG },
  'a last young one': { ...DELIVERED, createdAt: LIMIT, lastAttemptAt: LIMIT },
};
const LEFT = ['a given up one', 'a later delivered one', 'a young one', 'a last young one'];

describe.each(engines)('old events on $name', ({ use }) => {
  const db = use();

  const fill = async () => {
    const tenantId = await newTenant(db());
    const { id: invoiceId } = await db().forTenant(tenantId).createInvoice(newInvoice());
    for (const [eventType, event] of Object.entries(EVENTS)) {
      const data = { tenantId, invoiceId, eventType, payload: {}, nextAttemptAt: null, ...event };
      await db().webhookEvent.create({ data });
    }
    return tenantId;
  };
  const left = async (tenantId: number) => {
    const events = await db().webhookEvent.findMany({ where: { tenantId }, orderBy: { id: 'asc' } });
    return events.map(({ eventType }) => eventType);
  };

  it.each([2, 3, 5, 1000])('are deleted when they were delivered, looking at %i at a time', async (most) => {
    const tenants = [await fill(), await newTenant(db()), await fill()];
    let deleted = 0;
    let after: Forgotten['next'];
    do {
      const forgotten: Forgotten = await db().outbox.forgetDelivered({ before: LIMIT, most, after });
      expect(forgotten.deleted).toBeLessThan(most);
      deleted += forgotten.deleted;
      after = forgotten.next;
    } while (after !== undefined);
    expect(deleted).toBe(6);
    expect([await left(tenants[0] as number), await left(tenants[2] as number)]).toEqual([LEFT, LEFT]);
    const again = await db().outbox.forgetDelivered({ before: LIMIT, most: 1000 });
    expect(again).toEqual({ deleted: 0, next: undefined });
  });
});
