import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ReadinessGate } from '../src/readiness/readiness.ts';
import { startWebhookWorker } from '../src/webhooks/worker.ts';
import { type CutoverRecordStand, cutoverRecord } from './support/cutover.ts';
import { engines } from './support/engines.ts';
import { invoiceBody } from './support/invoices.ts';

const OK = { status: 200, body: { status: 'ok', database: 'connected' } };

describe.each(engines)('a cutover of the database, on $name', (engine) => {
  const api = engine.startApi();
  const isFile = engine.name === 'SQLite';
  let record: CutoverRecordStand;
  let key: string;
  let invoiceId: number;

  beforeAll(async () => {
    record = cutoverRecord(api.db);
    key = await api.client.newTenant();
    ({ id: invoiceId } = (await api.client.post('/invoices', { key, body: invoiceBody() })).body);
  });
  afterEach(() => record.remove());

  const writes: [string, () => ReturnType<typeof api.client.get>][] = [
    ['create', () => api.client.post('/invoices', { key, body: invoiceBody() })],
    [
      'create, repeatable',
      () =>
        api.client.post('/invoices', { key, body: invoiceBody(), headers: { 'Idempotency-Key': 'again' } }),
    ],
    ['retry', () => api.client.post(`/invoices/${invoiceId}/retry`, { key })],
  ];

  it('that fences it refuses writes with 503, and answers reads', async () => {
    await api.db.invoice.updateMany({ data: { status: 'FAILED' } });
    await record.set('fenced');
    for (const [what, write] of writes) {
      const { status, headers, body } = await write();
      expect([what, status, headers.get('retry-after')]).toEqual([what, 503, '1']);
      expect(body.detail).toContain('repeat the request');
    }
    expect((await api.client.get('/invoices', { key })).body).toHaveLength(1);
    expect((await api.client.get(`/invoices/${invoiceId}`, { key })).status).toBe(200);
    expect((await api.client.get(`/invoices/${invoiceId}/ubl`, { key })).status).toBe(200);
    expect(await api.client.get('/health/db')).toMatchObject(OK);
    const metrics = String((await api.client.get('/metrics')).body);
    expect(metrics).toMatch(/^vatevo_cutover_state\{state="fenced"\} 1$/m);
    expect(metrics).toMatch(/^vatevo_cutover_state\{state="serving"\} 0$/m);

    await record.remove();
    for (const [what, write] of writes) expect([what, (await write()).status]).toEqual([what, 200]);
  });

  const elsewhere: [string, string][] = isFile
    ? [
        ['handed-over', 'handed over'],
        ['of a later release', 'cutover state unknown'],
      ]
    : [
        ['failed-back', 'handed over'],
        ['moving', 'move unfinished'],
        ['of a later release', 'cutover state unknown'],
      ];

  it.each(elsewhere)(
    'that made another one the primary (%s) is told, and nothing is served',
    async (state, reason) => {
      await record.set(state);
      const health = () => api.client.get('/health/db');
      await expect
        .poll(health, { timeout: 20_000, interval: 500 })
        .toMatchObject({ status: 503, body: { status: 'error', database: reason } });
      const { status, headers, body } = await api.client.get('/invoices', { key });
      expect([status, headers.has('retry-after'), body]).toEqual([
        503,
        true,
        { detail: `Service unavailable: ${reason}` },
      ]);
      await record.remove();
      await expect.poll(health, { timeout: 20_000, interval: 500 }).toMatchObject(OK);
    },
  );

  it('holds webhooks up without a spin, and settles what was under way when it ends', async () => {
    let received = 0;
    let answer = () => {};
    const hook = createServer((_request, response) => {
      received += 1;
      answer = () => void response.end();
    }).listen(0, '127.0.0.1');
    await once(hook, 'listening');
    const webhook_url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
    const { body: tenant } = await api.client.post('/tenants', { body: { name: 'Hooked', webhook_url } });
    await api.client.post('/invoices', { key: tenant.api_key, body: invoiceBody() });
    const gate = new ReadinessGate(async () => ({ ready: true }));
    const stop = startWebhookWorker({ db: api.db, gate, log: api.rawLog, privateAddresses: true });
    try {
      await expect.poll(() => received, { timeout: 20_000 }).toBe(1);
      await record.set('fenced');
      answer();
      // Time for many tries, each of which finds the fence: what is said of it, if there is anything to claim, is said once.
      await sleep(2500);
      const waits = api
        .log()
        .split('\n')
        .filter((line) => line.includes('webhooks wait for the database'));
      expect(waits.length).toBeLessThanOrEqual(1);
      await record.remove();
      const stored = () => api.db.webhookEvent.findMany({ where: { tenantId: tenant.id } });
      await expect
        .poll(stored, { timeout: 20_000 })
        .toMatchObject([{ delivered: true, deliveryAttempts: 1 }]);
      expect(received).toBe(1);
    } finally {
      await stop(5000);
      hook.close();
    }
  });
});
