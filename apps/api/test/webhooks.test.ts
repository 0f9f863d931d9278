import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConnectionError } from '@vatevo/connection';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReadinessGate } from '../src/readiness/readiness.ts';
import { type StopWorker, startWebhookWorker, type WorkerParts } from '../src/webhooks/worker.ts';
import { enginesAndCitus as engines } from './support/engines.ts';
import { invoiceBody } from './support/invoices.ts';

interface Received {
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Tenant {
  readonly id: number;
  readonly api_key: string;
}

/** A tenant's own server, which keeps what it gets and answers as told. */
async function receiver(answer: (response: ServerResponse, count: number, path?: string) => void) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ path: request.url, headers: request.headers, body });
    answer(response, received.length, request.url);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=do-not-log`;
  return {
    url,
    received,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const ok = (response: ServerResponse) => response.end();

describe.each(engines)('webhooks on $name', (engine) => {
  const api = engine.startApi();
  const cleanUps: (() => unknown)[] = [];
  let workers: StopWorker[];

  beforeEach(() => {
    workers = [];
  });
  afterEach(async () => {
    for (const stop of workers) await stop(5000);
    for (const cleanUp of cleanUps.splice(0)) cleanUp();
  });

  function work(options: Partial<WorkerParts> = {}) {
    const gate = new ReadinessGate(async () => ({ ready: true }));
    const parts = { db: api.db, gate, log: api.rawLog, privateAddresses: true, ...options };
    workers.push(startWebhookWorker(parts));
  }

  async function listen(answer: Parameters<typeof receiver>[0]) {
    const server = await receiver(answer);
    cleanUps.push(() => server.close());
    return server;
  }

  async function tenant(webhook_url: string) {
    const { body } = await api.client.post('/tenants', { body: { name: 'Hooked', webhook_url } });
    return body as Tenant;
  }

  it('goes on as soon as a receiver has room again, and does not wait for its next look', async () => {
    // Slower than the worker looks the first time, so that it finds no room.
    const server = await listen((response) => setTimeout(() => response.end(), 100));
    const { api_key: key } = await tenant(server.url);
    const made = await api.client.post('/invoices', { key, body: invoiceBody() });
    const { id } = (await api.client.get('/tenants/me', { key })).body;
    const event = { tenantId: id, invoiceId: made.body.id, eventType: 'invoice.validated', payload: {} };
    await api.db.webhookEvent.createMany({
      data: Array.from({ length: 39 }, () => ({ ...event, nextAttemptAt: new Date() })),
    });
    work({ pauseMs: 3_600_000 });
    await expect.poll(() => server.received.length, { timeout: 20_000 }).toBe(40);
  });

  it('loses no event when the webhook is paused and moved under way', async () => {
    const old = await listen((response) => setTimeout(() => response.end(), 20));
    const next = await listen(ok);
    const { id, api_key: key } = await tenant(old.url);
    const { body: invoice } = await api.client.post('/invoices', { key, body: invoiceBody() });
    const event = { tenantId: id, invoiceId: invoice.id, eventType: 'invoice.validated', payload: {} };
    await api.db.webhookEvent.createMany({
      data: Array.from({ length: 399 }, () => ({ ...event, nextAttemptAt: new Date() })),
    });
    const change = (body: object) => api.client.call('PATCH', '/tenants/me/webhook', { key, body });
    const waiting = async () => (await eventsOf(id)).filter(({ deliveryAttempts }) => deliveryAttempts === 0);
    const underWay = async () =>
      (await eventsOf(id)).filter(({ deliveryAttempts, delivered }) => deliveryAttempts > 0 && !delivered);
    work({ pauseMs: 20 });
    await expect.poll(() => old.received.length).toBeGreaterThan(20);
    await change({ paused: true });
    await expect.poll(async () => (await underWay()).length).toBe(0);
    const left = (await waiting()).length;
    expect(old.received).toHaveLength(400 - left);
    expect(left).toBeGreaterThan(0);
    await change({ webhook_url: next.url, paused: false });
    await expect.poll(async () => (await waiting()).length + (await underWay()).length).toBe(0);
    const ids = [...old.received, ...next.received].map(({ headers }) => headers['webhook-id']);
    expect([new Set(ids).size, ids.length, old.received.length]).toEqual([400, 400, 400 - left]);
  });

  it('go out once when the database is away for a moment in which their outcome is to be stored', async () => {
    const server = await listen(ok);
    const { id, api_key: key } = await tenant(server.url);
    await api.client.post('/invoices', { key, body: invoiceBody() });
    let tries = 0;
    const settle: typeof api.db.outbox.settle = async (outcomes) => {
      if (++tries < 3) throw new ConnectionError('lost', 'The server is away.');
      await api.db.outbox.settle(outcomes);
    };
    work({ db: Object.create(api.db, { outbox: { value: { ...api.db.outbox, settle } } }) });
    await expect
      .poll(() => eventsOf(id), { timeout: 20_000 })
      .toMatchObject([{ delivered: true, deliveryAttempts: 1 }]);
    expect([tries, server.received.length]).toEqual([3, 1]);
  });

  it('are given back, and not counted, when it cannot be read where they go', async () => {
    const server = await listen(ok);
    const { id, api_key: key } = await tenant(server.url);
    await api.client.post('/invoices', { key, body: invoiceBody() });
    const now = performance.now.bind(performance);
    let aheadMs = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
    cleanUps.push(() => clock.mockRestore());
    const { outbox } = api.db;
    const claim: typeof outbox.claim = async (options) => {
      const claimed = await outbox.claim(options);
      // What was read with the first claim is old by now.
      if (claimed.length > 0 && aheadMs === 0) aheadMs = 2000;
      return claimed;
    };
    const lost = new ConnectionError('lost', 'The server is away.');
    const destination = vi.fn(outbox.destination).mockRejectedValueOnce(lost);
    work({ db: Object.create(api.db, { outbox: { value: { ...outbox, claim, destination } } }) });
    await expect
      .poll(() => eventsOf(id), { timeout: 20_000 })
      .toMatchObject([{ delivered: true, deliveryAttempts: 1 }]);
    expect([destination.mock.calls.length, server.received.length]).toEqual([1, 1]);
  });

  it('begin nothing by what was before, once a change of URL, secret or pause is answered', async () => {
    let answerAll = () => {};
    const held: ServerResponse[] = [];
    const old = await listen((response, _, path) => {
      if (path === '/held') held.push(response);
      else response.end();
    });
    cleanUps.push(() => answerAll());
    const next = await listen(ok);
    const at = (path: string) => new URL(path, old.url).href;
    const event = async ({ id, api_key: key }: Tenant, more = 0) => {
      const { body: invoice } = await api.client.post('/invoices', { key, body: invoiceBody() });
      const again = { tenantId: id, invoiceId: invoice.id, eventType: 'invoice.validated', payload: {} };
      const due = Array.from({ length: more }, () => ({ ...again, nextAttemptAt: new Date() }));
      await api.db.webhookEvent.createMany({ data: due });
    };
    // As many deliveries as one host gets at a time, so that further ones wait.
    for (let i = 0; i < 32; i++) await event(await tenant(at('/held')), 3);
    work({ pauseMs: 20 });
    await expect.poll(() => held.length).toBe(4 * 32);
    const [moved, resigned, paused] = [
      await tenant(at('/moved')),
      await tenant(at('/resigned')),
      await tenant(at('/paused')),
    ];
    const attempts = async ({ id }: Tenant) => (await eventsOf(id))[0]?.deliveryAttempts;
    for (const each of [moved, resigned, paused]) await event(each);
    for (const each of [moved, resigned, paused]) await expect.poll(() => attempts(each)).toBe(1);

    const change = (key: string, body: object) =>
      api.client.call('PATCH', '/tenants/me/webhook', { key, body });
    const [secret, ...changed] = await Promise.all([
      api.client.post('/tenants/me/webhook-secret', { key: resigned.api_key }),
      change(moved.api_key, { webhook_url: next.url }),
      change(paused.api_key, { paused: true }),
    ]);
    expect(changed.map(({ status }) => status)).toEqual([200, 200]);
    answerAll = () => {
      for (const response of held) response.end();
    };
    answerAll();

    await expect.poll(() => next.received.length).toBe(1);
    await expect.poll(() => old.received.filter(({ path }) => path === '/resigned').length).toBe(1);
    await expect.poll(() => attempts(paused)).toBe(0);
    const [{ body, headers }] = old.received.filter(({ path }) => path !== '/held') as [Received];
    new Webhook(secret.body.webhook_secret).verify(body, headers as Record<string, string>);
    expect(new Set(old.received.map(({ path }) => path))).toEqual(new Set(['/held', '/resigned']));
    expect((await eventsOf(paused.id))[0]).toMatchObject({ delivered: false, lastAttemptAt: null });
    await change(paused.api_key, { paused: false });
    await expect.poll(() => old.received.filter(({ path }) => path === '/paused').length).toBe(1);
  });

  const eventsOf = (tenantId: number) =>
    api.db.webhookEvent.findMany({ where: { tenantId }, orderBy: { id: 'asc' } });

  /** What a worker would wait for is due now. */
  const hurry = (tenantId: number) =>
    api.db.webhookEvent.updateMany({
      where: { tenantId, delivered: false, nextAttemptAt: { not: null } },
      data: { nextAttemptAt: new Date(0) },
    });

  /** Failed deliveries that the worker has settled, and logged. */
  const notDelivered = (tenantId: number) =>
    api
      .log()
      .split('\n')
      .filter((line) => line.includes('webhook not delivered') && line.includes(`"tenantId":${tenantId},`))
      .length;

  it('tell of an invoice, signed with the tenant’s secret', async () => {
    const server = await listen(ok);
    const { id, api_key: key } = await tenant(server.url);
    const { body: secret } = await api.client.post('/tenants/me/webhook-secret', { key });
    const { body: invoice } = await api.client.post('/invoices', { key, body: invoiceBody() });
    work();
    await expect.poll(() => server.received.length, { timeout: 10_000 }).toBe(1);
    const [{ headers, body }] = server.received as [Received];
    const [event] = await eventsOf(id);
    // With the time of the event: its number may come again when a standby takes over.
    const [stored] = await api.db.forTenant(id).webhook.list({ limit: 1 });
    expect(headers['webhook-id']).toBe(`evt_${event?.id}_${stored?.createdAt.replace(/\D/g, '')}`);
    const verified = new Webhook(secret.webhook_secret).verify(body, headers as Record<string, string>);
    expect(verified).toEqual({
      type: 'invoice.validated',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      data: {
        invoice_id: invoice.id,
        external_id: 'EXT-1',
        invoice_number: 'INV-2025-0001',
        status: 'validated',
      },
    });
    await expect
      .poll(async () => (await eventsOf(id))[0])
      .toMatchObject({ delivered: true, deliveryAttempts: 1 });
  });

  it('are signed from the first one on, and with a plain secret of the replaced service', async () => {
    const server = await listen(ok);
    const { id, api_key: key } = await tenant(server.url);
    const stored = await api.db.tenant.findUniqueOrThrow({ where: { id } });
    expect(stored.webhookSecret).toMatch(/^whsec_/);
    await api.db.tenant.update({ where: { id }, data: { webhookSecret: 'an old plain sécret' } });
    await api.client.post('/invoices', { key, body: invoiceBody() });
    work();
    await expect.poll(() => server.received.length, { timeout: 10_000 }).toBe(1);
    const [{ headers, body }] = server.received as [Received];
    const raw = new Webhook(Buffer.from('an old plain sécret'), { format: 'raw' });
    expect(raw.verify(body, headers as Record<string, string>)).toMatchObject({ type: 'invoice.validated' });
  });

  it('come again until the receiver takes them', async () => {
    const server = await listen((response, count) => {
      if (count === 1) response.destroy();
      else response.writeHead(count === 2 ? 500 : 204).end();
    });
    const { id, api_key: key } = await tenant(server.url);
    await api.client.post('/invoices', { key, body: invoiceBody() });
    work();
    for (const attempt of [1, 2]) {
      await expect.poll(() => server.received.length, { timeout: 10_000 }).toBe(attempt);
      // The receiver knows of it before the worker has put the event off.
      await expect.poll(() => notDelivered(id)).toBe(attempt);
      await hurry(id);
    }
    await expect
      .poll(async () => (await eventsOf(id))[0], { timeout: 10_000 })
      .toMatchObject({ delivered: true, deliveryAttempts: 3 });
    expect(new Set(server.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(api.log()).toContain('the receiver answered 500');
    expect(api.log()).not.toContain('do-not-log');
  });

  it('do not follow redirects', async () => {
    const other = await listen(ok);
    const server = await listen((response) => response.writeHead(302, { location: other.url }).end());
    const { id, api_key: key } = await tenant(server.url);
    await api.client.post('/invoices', { key, body: invoiceBody() });
    work();
    await expect.poll(async () => (await eventsOf(id))[0]?.lastAttemptAt, { timeout: 10_000 }).not.toBeNull();
    await expect.poll(() => api.log()).toContain('the receiver answered 302');
    expect(other.received).toEqual([]);
  });

  it('are given up in the end', async () => {
    const server = await listen((response) => response.writeHead(410).end());
    const { id, api_key: key } = await tenant(server.url);
    await api.client.post('/invoices', { key, body: invoiceBody() });
    await api.db.webhookEvent.updateMany({ where: { tenantId: id }, data: { deliveryAttempts: 10 } });
    work();
    await expect
      .poll(async () => (await eventsOf(id))[0], { timeout: 10_000 })
      .toMatchObject({ delivered: false, deliveryAttempts: 11, nextAttemptAt: null });
  });

  it('do not go to private addresses unless that is allowed', async () => {
    const server = await listen(ok);
    const { id, api_key: key } = await tenant(server.url);
    await api.client.post('/invoices', { key, body: invoiceBody() });
    work({ privateAddresses: false });
    await expect.poll(() => api.log(), { timeout: 10_000 }).toContain('the address is not a public one');
    expect(server.received).toEqual([]);
    expect((await eventsOf(id))[0]).toMatchObject({ delivered: false });
  });

  it('go out once each, however many workers there are', async () => {
    const server = await listen(ok);
    const { id, api_key: key } = await tenant(server.url);
    for (let i = 0; i < 15; i++) {
      await api.client.post('/invoices', { key, body: invoiceBody({ submit_immediately: true }) });
    }
    for (let i = 0; i < 4; i++) work();
    await expect
      .poll(async () => (await eventsOf(id)).filter(({ delivered }) => delivered).length, { timeout: 20_000 })
      .toBe(30);
    const ids = server.received.map(({ headers }) => headers['webhook-id']);
    expect([ids.length, new Set(ids).size]).toEqual([30, 30]);
  });
});
