import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { enginesAndCitus as engines } from '../support/engines.ts';
import { MICROSECONDS_UTC } from '../support/patterns.ts';

describe.each(engines)('tenants on $name', (engine) => {
  const api = engine.startApi();

  it('creates a tenant and shows its key this once', async () => {
    const { status, body } = await api.client.post('/tenants', {
      body: { name: 'Société Générale 🚀', webhook_url: 'https://example.org/a?b=c&d=e', ignored: 1 },
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.any(Number),
      name: 'Société Générale 🚀',
      api_key: expect.stringMatching(/^vat_[0-9a-f]{32}$/),
      webhook_url: 'https://example.org/a?b=c&d=e',
      is_active: true,
      created_at: expect.stringMatching(MICROSECONDS_UTC),
    });
  });

  it('stores the hash of the key and a prefix, never the key', async () => {
    const { body } = await api.client.post('/tenants', { body: { name: 'Hashed' } });
    const stored = await api.db.tenant.findUniqueOrThrow({ where: { id: body.id } });
    expect(stored.apiKeyHash).toBe(createHash('sha256').update(body.api_key).digest('hex'));
    expect(body.api_key.startsWith(stored.apiKeyPrefix)).toBe(true);
    expect(stored.apiKeyPrefix.length).toBeLessThanOrEqual(8);
    expect(JSON.stringify(stored)).not.toContain(body.api_key);
  });

  it('takes a tenant without a webhook', async () => {
    const { status, body } = await api.client.post('/tenants', { body: { name: '', webhook_url: null } });
    expect(status).toBe(200);
    expect(body.webhook_url).toBeNull();
  });

  it.each([
    [undefined, ['body'], 'missing'],
    [{}, ['body', 'name'], 'missing'],
    [{ name: null }, ['body', 'name'], 'string_type'],
    [{ name: 'a\0b' }, ['body', 'name'], 'string_unicode'],
    [{ name: '\ud800' }, ['body', 'name'], 'string_unicode'],
    [{ name: 'a', webhook_url: 'not a url' }, ['body', 'webhook_url'], 'url_parsing'],
    [{ name: 'a', webhook_url: 'file:///etc/passwd' }, ['body', 'webhook_url'], 'url_parsing'],
    [[], ['body'], 'model_attributes_type'],
  ])('refuses %j', async (body, loc, type) => {
    const answer = await api.client.post('/tenants', body === undefined ? {} : { body });
    expect(answer.status).toBe(422);
    expect(answer.body).toEqual({ detail: [{ loc, msg: expect.any(String), type }] });
  });

  it('tells a tenant its own record, without a key', async () => {
    const { body: created } = await api.client.post('/tenants', { body: { name: 'Me' } });
    const { status, body } = await api.client.get('/tenants/me', { key: created.api_key });
    expect(status).toBe(200);
    const { api_key: _shownOnce, ...rest } = created;
    expect(body).toEqual(rest);
  });
});
