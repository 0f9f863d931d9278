import { describe, expect, it } from 'vitest';
import { readSettings } from '../src/settings.ts';
import { engines } from './support/engines.ts';

const [engine] = engines;
if (!engine) throw new Error('There is no engine.');

describe('the rate limit', () => {
  const api = engine.startApi({ VATEVO_RATE_LIMIT: '5' });

  it('is counted for each caller by itself, and never for health', async () => {
    const key = await api.client.newTenant();
    const statuses = async (call: object, times: number) => {
      const found: number[] = [];
      for (let i = 0; i < times; i++) found.push((await api.client.get('/invoices', call)).status);
      return found;
    };
    expect(await statuses({ key }, 7)).toEqual([200, 200, 200, 200, 200, 429, 429]);
    const { body, headers } = await api.client.get('/invoices', { key });
    expect(body).toEqual({ detail: 'Too Many Requests' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await statuses({ key: 'another' }, 1)).toEqual([401]);
    for (let i = 0; i < 7; i++) expect((await api.client.get('/health/db')).status).toBe(200);
  });

  it('is one for all keys of a tenant, and another key makes no more of it', async () => {
    const old = await api.client.newTenant();
    const status = async (key: string) => (await api.client.get('/tenants/me', { key })).status;
    expect([await status(old), await status(old)]).toEqual([200, 200]);
    const rotated = await api.client.post('/tenants/me/api-key', { key: old, body: { grace_seconds: 60 } });
    const key = rotated.body.api_key;
    expect([await status(key), await status(old)]).toEqual([200, 200]);
    expect([await status(key), await status(old)]).toEqual([429, 429]);
    const again = await api.client.post('/tenants/me/api-key', { key });
    expect([again.status, await status(old)]).toEqual([429, 429]);
  });

  it('is off in development and test, on elsewhere, and off when set to 0', () => {
    const limit = (env: Record<string, string>) =>
      readSettings({ POSTGRES_URL: 'postgresql://a@b/c', ...env }).rateLimit;
    expect([limit({}), limit({ VATEVO_ENV: 'test' })]).toEqual([0, 0]);
    expect([limit({ VATEVO_ENV: 'production' }), limit({ VATEVO_ENV: 'staging' })]).toEqual([6000, 6000]);
    expect(limit({ VATEVO_ENV: 'production', VATEVO_RATE_LIMIT: '0' })).toBe(0);
    expect(() => limit({ VATEVO_RATE_LIMIT: 'many', VATEVO_CORS_ORIGINS: '*' })).toThrow(
      /VATEVO_CORS_ORIGINS[\s\S]*VATEVO_RATE_LIMIT/,
    );
  });
});
