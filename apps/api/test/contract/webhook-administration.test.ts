import { describe, expect, it } from 'vitest';
import { enginesAndCitus as engines } from '../support/engines.ts';
import { invoiceBody } from '../support/invoices.ts';
import { MICROSECONDS_UTC } from '../support/patterns.ts';

const URL = 'https://receiver.test/hook';

describe.each(engines)('the administration of webhooks on $name', (engine) => {
  const api = engine.startApi({ VATEVO_OPERATOR_TOKEN: 'the operator of these tests' });

  async function tenant(webhook_url: string | null = URL): Promise<{ id: number; key: string }> {
    const body = { name: 'Hooked', webhook_url };
    const answer = await api.client.post('/tenants', { key: 'the operator of these tests', body });
    return { id: answer.body.id, key: answer.body.api_key };
  }

  async function events(key: string, count: number): Promise<void> {
    for (let i = 0; i < count; i++) await api.client.post('/invoices', { key, body: invoiceBody() });
  }

  /** As if all attempts had failed. */
  const giveUp = (tenantId: number) =>
    api.db.webhookEvent.updateMany({
      where: { tenantId },
      data: { nextAttemptAt: null, deliveryAttempts: 11, lastAttemptAt: new Date() },
    });

  it('lists events by state, page by page, and no others’', async () => {
    const [{ id, key }, other] = [await tenant(), await tenant()];
    await events(key, 3);
    await events(other.key, 1);
    const list = async (path: string) => api.client.get(path, { key });
    const first = await list('/tenants/me/webhook/events?state=pending&limit=2');
    expect(first.body).toHaveLength(2);
    expect(first.body[0]).toEqual({
      id: expect.any(Number),
      invoice_id: expect.any(Number),
      type: 'invoice.validated',
      state: 'pending',
      attempts: 0,
      last_attempt_at: null,
      next_attempt_at: expect.stringMatching(MICROSECONDS_UTC),
      created_at: expect.stringMatching(MICROSECONDS_UTC),
    });
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(first.headers.get('link') ?? '') ?? [];
    const second = await list(next);
    expect([second.body.length, second.headers.get('link')]).toEqual([1, null]);
    expect((await list('/tenants/me/webhook/events?state=failed')).body).toEqual([]);
    await giveUp(id);
    const failed = (await list('/tenants/me/webhook/events?state=failed')).body;
    expect(failed).toHaveLength(3);
    expect(failed[0]).toMatchObject({ state: 'failed', attempts: 11, next_attempt_at: null });
    expect((await list('/tenants/me/webhook/events')).body).toHaveLength(3);
    expect((await list('/tenants/me/webhook/events?state=lost')).status).toBe(422);
  });

  it('sends one event again, and all failed ones', async () => {
    const [{ id, key }, other] = [await tenant(), await tenant()];
    await events(key, 3);
    await giveUp(id);
    const { body: listed } = await api.client.get('/tenants/me/webhook/events', { key });
    const one = `/tenants/me/webhook/events/${listed[1].id}/send`;
    expect((await api.client.post(one, { key })).body).toMatchObject({
      id: listed[1].id,
      state: 'pending',
      attempts: 0,
    });
    expect((await api.client.post(one, { key: other.key })).status).toBe(404);
    for (const nothing of ['0', '99999999999999'])
      expect((await api.client.post(`/tenants/me/webhook/events/${nothing}/send`, { key })).status).toBe(404);
    const all = await api.client.post('/tenants/me/webhook/events/send', { key });
    expect(all.body).toEqual({ events: 2, more: false });
    const due = await api.db.outbox.claim({ most: 10, leaseSeconds: 60, maxAttempts: 11 });
    expect(due.filter(({ tenantId }) => tenantId === id)).toHaveLength(3);
    await api.db.outbox.settle(due.map((event) => ({ ...event, delivered: true, next: null })));
    expect((await api.client.post(one, { key })).body).toMatchObject({ state: 'pending', attempts: 0 });
  });

  it('says so where there is nowhere to send to', async () => {
    const { key } = await tenant(null);
    await events(key, 1);
    const { body: listed } = await api.client.get('/tenants/me/webhook/events?state=failed', { key });
    expect(listed).toHaveLength(1);
    for (const path of ['send', `${listed[0].id}/send`]) {
      const answer = await api.client.post(`/tenants/me/webhook/events/${path}`, { key });
      expect([answer.status, answer.body]).toEqual([
        409,
        { detail: 'There is no webhook_url to send to; set one first' },
      ]);
    }
  });

  it('changes the URL, pauses and goes on; what happens meanwhile waits', async () => {
    const { id, key } = await tenant();
    const path = '/tenants/me/webhook';
    const change = async (body: unknown) => api.client.call('PATCH', path, { key, body });
    const claim = async () =>
      (await api.db.outbox.claim({ most: 100, leaseSeconds: 0, maxAttempts: 1000 })).filter(
        ({ tenantId }) => tenantId === id,
      );
    expect((await api.client.get(path, { key })).body).toEqual({ webhook_url: URL, paused: false });
    expect((await change({ paused: true })).body).toEqual({ webhook_url: URL, paused: true });
    await events(key, 2);
    expect(await claim()).toEqual([]);
    const elsewhere = 'https://elsewhere.test/';
    expect((await change({ webhook_url: elsewhere })).body).toEqual({ webhook_url: elsewhere, paused: true });
    expect((await change({ paused: false })).body).toEqual({ webhook_url: elsewhere, paused: false });
    expect((await claim()).map(({ url }) => url)).toEqual([elsewhere, elsewhere]);
    expect((await change({ webhook_url: null })).body).toEqual({ webhook_url: null, paused: false });
    expect(await claim()).toEqual([]);
    const { body: listed } = await api.client.get(`${path}/events?state=failed`, { key });
    expect(listed).toHaveLength(2);
    expect((await change({ webhook_url: 'ftp://elsewhere.test/' })).status).toBe(422);
    expect((await change({ paused: 'yes' })).status).toBe(422);
    expect((await api.client.get('/tenants/me', { key })).body.webhook_url).toBeNull();
  });

  it('replaces a key by another, and takes the old one for a while', async () => {
    const { id, key } = await tenant();
    const rotated = await api.client.post('/tenants/me/api-key', { key, body: { grace_seconds: 3600 } });
    expect(rotated.body).toEqual({
      api_key: expect.stringMatching(/^vat_[0-9a-f]{32}$/),
      old_key_until: expect.stringMatching(MICROSECONDS_UTC),
    });
    expect(rotated.headers.get('cache-control')).toBe('no-store');
    const status = async (by: string) => (await api.client.get('/tenants/me', { key: by })).status;
    expect([await status(key), await status(rotated.body.api_key)]).toEqual([200, 200]);
    const again = await api.client.post('/tenants/me/api-key', { key });
    expect([again.status, again.body.detail]).toEqual([
      409,
      'This key was replaced itself; use the one that replaced it',
    ]);
    await api.db.tenant.update({ where: { id }, data: { oldApiKeyUntil: new Date(Date.now() - 1) } });
    expect([await status(key), await status(rotated.body.api_key)]).toEqual([401, 200]);
    const atOnce = { key: rotated.body.api_key, body: { grace_seconds: 0 } };
    const last = await api.client.post('/tenants/me/api-key', atOnce);
    expect(last.body.old_key_until).toBeNull();
    expect([await status(rotated.body.api_key), await status(last.body.api_key)]).toEqual([401, 200]);
    for (const grace_seconds of [-1, 1.5, 1e9, 'a day'])
      expect(
        (await api.client.post('/tenants/me/api-key', { key: last.body.api_key, body: { grace_seconds } }))
          .status,
      ).toBe(422);
  });

  it('lets the operator, and nobody else, make a key for a tenant that has lost his', async () => {
    const { id, key } = await tenant();
    const path = `/tenants/${id}/api-key`;
    expect((await api.client.post(path, { key })).status).toBe(401);
    const operator = 'the operator of these tests';
    const made = await api.client.post(path, { key: operator, body: { grace_seconds: 0 } });
    expect([made.status, made.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect((await api.client.get('/tenants/me', { key })).status).toBe(401);
    expect((await api.client.get('/tenants/me', { key: made.body.api_key })).body.id).toBe(id);
    for (const nobody of ['2147483647', '99999999999'])
      expect((await api.client.post(`/tenants/${nobody}/api-key`, { key: operator })).status).toBe(404);
  });
});
