import { describe, expect, it } from 'vitest';
import { enginesAndCitus as engines } from './support/engines.ts';

describe.each(engines)('health on $name', (engine) => {
  const api = engine.startApi();

  it.each([
    ['/health', { status: 'ok' }],
    ['/healthz', { status: 'ok', service: 'vatevo-api' }],
    ['/health/db', { status: 'ok', database: 'connected' }],
  ])('%s', async (path, expected) => {
    const { status, body } = await api.client.get(path);
    expect([status, body]).toEqual([200, expected]);
  });

  it('tells that there are no tables, and serves again when there are', async () => {
    await api.db.$executeRawUnsafe('ALTER TABLE webhook_events RENAME TO away');
    try {
      await expect
        .poll(async () => (await api.client.get('/health/db')).body, { timeout: 20_000, interval: 500 })
        .toEqual({ status: 'error', database: 'not prepared' });
      const { status, body, headers } = await api.client.get('/invoices', { key: 'any' });
      expect([status, body, headers.has('retry-after')]).toEqual([
        503,
        { detail: 'Service unavailable: not prepared' },
        true,
      ]);
      expect((await api.client.get('/health')).status).toBe(200);
    } finally {
      await api.db.$executeRawUnsafe('ALTER TABLE away RENAME TO webhook_events');
    }
    await expect
      .poll(async () => (await api.client.get('/health/db')).status, { timeout: 20_000, interval: 500 })
      .toBe(200);
  });
});
