import { describe, expect, it } from 'vitest';
import { enginesAndCitus as engines } from '../support/engines.ts';
import { invoiceBody } from '../support/invoices.ts';

const OPERATOR = 'the operator of these tests';

describe.each(engines)('ids of 64 bits on $name', (engine) => {
  const api = engine.startApi({ VATEVO_OPERATOR_TOKEN: OPERATOR });

  /** Lets the next invoice and the next event get these ids. */
  async function nextIds(invoice: number, event: number): Promise<void> {
    for (const [table, id] of [
      ['invoices', invoice],
      ['webhook_events', event],
    ] as const) {
      const statements =
        engine.name === 'SQLite'
          ? [
              `DELETE FROM sqlite_sequence WHERE name = '${table}'`,
              `INSERT INTO sqlite_sequence (name, seq) VALUES ('${table}', ${id - 1})`,
            ]
          : [`SELECT setval('${table}_id_seq', ${id}, false)`];
      for (const statement of statements) {
        if (statement.startsWith('SELECT')) await api.db.$queryRawUnsafe(statement);
        else await api.db.$executeRawUnsafe(statement);
      }
    }
  }

  async function newTenant(): Promise<{ id: number; key: string }> {
    const body = { name: 'Wide', webhook_url: 'https://receiver.test/hook' };
    const answer = await api.client.post('/tenants', { key: OPERATOR, body });
    return { id: answer.body.id, key: answer.body.api_key };
  }

  it.each([
    ['above 2^31', 2 ** 31, 2 ** 31 + 7],
    ['just below 2^53', Number.MAX_SAFE_INTEGER - 2, Number.MAX_SAFE_INTEGER - 1],
  ])('go through the API, and to receivers, %s', async (_name, id, eventId) => {
    const { id: tenantId, key } = await newTenant();
    await nextIds(id, eventId);
    const raw = JSON.stringify(invoiceBody());
    const created = await api.client.post('/invoices', {
      key,
      raw,
      headers: { 'Idempotency-Key': String(id) },
    });
    expect(created.body.id).toBe(id);
    const again = await api.client.post('/invoices', {
      key,
      raw,
      headers: { 'Idempotency-Key': String(id) },
    });
    expect(again.body).toEqual(created.body);
    expect((await api.client.get(`/invoices/${id}`, { key })).body.id).toBe(id);
    expect((await api.client.get(`/invoices?after=${id - 1}`, { key })).body[0].id).toBe(id);
    expect((await api.client.get(`/invoices?after=${id}`, { key })).body).toEqual([]);
    expect((await api.client.get(`/invoices/${id}/ubl`, { key })).status).toBe(200);

    const [delivery, ...others] = await api.db.outbox.claim({ most: 9, leaseSeconds: 60, maxAttempts: 9 });
    expect(others).toEqual([]);
    expect(delivery).toMatchObject({ tenantId, eventId });
    expect(JSON.parse(delivery?.payload ?? '')).toMatchObject({ invoice_id: id });
    await api.db.outbox.settle([{ tenantId, eventId, delivered: true, next: null }]);
    const { body: events } = await api.client.get('/tenants/me/webhook/events?state=delivered', { key });
    expect(events).toMatchObject([{ id: eventId, invoice_id: id }]);
    expect((await api.client.post(`/tenants/me/webhook/events/${eventId}/send`, { key })).status).toBe(200);
    await api.db.outbox.settle([{ tenantId, eventId, delivered: true, next: null }]);

    // The models have them as bigint, on both databases; a number is taken, too.
    const where = { tenantId_id: { tenantId, id } };
    await api.db.invoice.update({ where, data: { status: 'FAILED' } });
    expect(await api.db.invoice.findUnique({ where, select: { id: true } })).toEqual({ id: BigInt(id) });
    expect((await api.client.post(`/invoices/${id}/retry`, { key })).body).toMatchObject({
      id,
      status: 'validated',
    });
    expect(await api.db.webhookEvent.findFirst({ where: { tenantId, id: { not: eventId } } })).toMatchObject({
      id: BigInt(eventId) + 1n,
      invoiceId: BigInt(id),
      payload: { invoice_id: id },
    });
    const before = new Date(Date.now() + 60_000).toISOString().replace('Z', '000Z');
    await api.db.outbox.settle([{ tenantId, eventId: eventId + 1, delivered: true, next: null }]);
    expect((await api.db.outbox.forgetDelivered({ before, most: 100 })).deleted).toBe(2);
  });

  it('are refused by name from 2^53 on, where one would look like another', async () => {
    const { id: tenantId, key } = await newTenant();
    for (const path of [`/invoices/${2 ** 53}`, `/invoices/${2n ** 64n}`]) {
      expect((await api.client.get(path, { key })).status).toBe(404);
    }
    expect((await api.client.get(`/invoices?after=${2n ** 53n}`, { key })).status).toBe(422);
    await nextIds(2 ** 40, 2 ** 40);
    const { body } = await api.client.post('/invoices', { key, body: invoiceBody() });
    const widen = `UPDATE invoices SET id = ${2n ** 53n + 1n} WHERE tenant_id = ${tenantId}`;
    await api.db.$executeRawUnsafe(`DELETE FROM webhook_events WHERE tenant_id = ${tenantId}`);
    if (engine.name !== 'SQLite') {
      await expect(api.db.$executeRawUnsafe(widen)).rejects.toThrow('invoices_id_check');
      await nextIds(Number.MAX_SAFE_INTEGER, 1);
      await expect(api.client.post('/invoices', { key, body: invoiceBody() })).resolves.toMatchObject({
        status: 200,
      });
      expect((await api.client.post('/invoices', { key, body: invoiceBody() })).status).toBe(503);
      expect(api.log()).toContain('reached maximum value of sequence');
      return;
    }
    // SQLite has no such rule: nobody is told another id than the stored one.
    await api.db.$executeRawUnsafe(widen);
    expect((await api.client.get('/invoices', { key })).status).toBe(503);
    expect(api.log()).toContain('InexactIdError');
    // The models have a type for it.
    expect(await api.db.invoice.findMany({ where: { tenantId }, select: { id: true } })).toEqual([
      { id: 2n ** 53n + 1n },
    ]);
    await api.db.$executeRawUnsafe(`UPDATE invoices SET id = ${body.id} WHERE tenant_id = ${tenantId}`);
  });
});
