import { connect } from 'node:net';
import { hashApiKey } from '@vatevo/db';
import { describe, expect, it } from 'vitest';
import { enginesAndCitus as engines } from '../support/engines.ts';
import { invoiceBody } from '../support/invoices.ts';

describe.each(engines)('authentication on $name', (engine) => {
  const api = engine.startApi();

  const guarded: [method: string, path: string][] = [
    ['GET', '/invoices'],
    ['POST', '/invoices'],
    ['GET', '/invoices/1'],
    ['GET', '/invoices/1/ubl'],
    ['POST', '/invoices/1/retry'],
    ['POST', '/validate'],
    ['GET', '/tenants/me'],
  ];

  async function tenantWithKey(key: string, isActive = true) {
    return api.db.tenant.create({
      data: { name: key, apiKeyHash: hashApiKey(key), apiKeyPrefix: '', isActive },
    });
  }

  it.each(guarded)('%s %s: 403 without a key', async (method, path) => {
    const { status, body } = await api.client.call(method, path);
    expect([status, body]).toEqual([403, { detail: 'Not authenticated' }]);
  });

  it.each(guarded)('%s %s: 401 with a key that nobody holds', async (method, path) => {
    const { status, body, headers } = await api.client.call(method, path, { key: 'vat_unknown' });
    expect([status, body]).toEqual([401, { detail: 'Invalid authentication credentials' }]);
    expect(headers.get('www-authenticate')).toBe('Bearer');
  });

  it.each(['', 'Bearer', 'Bearer ', 'Basic dTpw', 'vat_bare'])(
    '403 for the header %j',
    async (Authorization) => {
      const { status, body } = await api.client.get('/invoices', { headers: { Authorization } });
      expect([status, body]).toEqual([403, { detail: 'Not authenticated' }]);
    },
  );

  it('401 for the key of an inactive tenant', async () => {
    await tenantWithKey('sleeping', false);
    const { status, body } = await api.client.get('/invoices', { key: 'sleeping' });
    expect([status, body]).toEqual([401, { detail: 'Invalid authentication credentials' }]);
  });

  it('takes the scheme in any case', async () => {
    await tenantWithKey('case');
    const { status } = await api.client.get('/invoices', { headers: { Authorization: 'bEARER case' } });
    expect(status).toBe(200);
  });

  it('takes any non-empty text as a key, also one with spaces', async () => {
    await tenantWithKey('two words');
    expect((await api.client.get('/invoices', { key: 'two words' })).status).toBe(200);
  });

  it.each(['utf8', 'latin1'] as const)('takes a key beyond ASCII sent as %s', async (encoding) => {
    const key = `schlüssel-${encoding}`;
    await tenantWithKey(key);
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.write('GET /invoices HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ');
    socket.write(Buffer.from(key, encoding));
    socket.write('\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('asks who is calling before it looks at the JSON', async () => {
    const malformed = { detail: [{ loc: ['body'], msg: 'JSON decode error', type: 'json_invalid' }] };
    const key = await api.client.newTenant();
    for (const path of ['/invoices', '/validate']) {
      expect((await api.client.post(path, { raw: '{"a":' })).status).toBe(403);
      expect((await api.client.post(path, { key: 'vat_unknown', raw: '{"a":' })).status).toBe(401);
      const { status, body } = await api.client.post(path, { key, raw: '{"a":' });
      expect([path, status, body]).toEqual([path, 422, malformed]);
    }
  });

  it('asks who is calling before it looks at the fields', async () => {
    expect((await api.client.post('/invoices', { body: {} })).status).toBe(403);
    expect((await api.client.get('/invoices?limit=-1')).status).toBe(403);
    expect((await api.client.get('/invoices/abc')).status).toBe(403);
  });

  it('keeps the tenants apart', async () => {
    const mine = await api.client.newTenant('mine');
    const theirs = await api.client.newTenant('theirs');
    const { body: invoice } = await api.client.post('/invoices', { key: mine, body: invoiceBody() });
    for (const [method, path] of [
      ['GET', `/invoices/${invoice.id}`],
      ['GET', `/invoices/${invoice.id}/ubl`],
      ['POST', `/invoices/${invoice.id}/retry`],
    ] as const) {
      const { status, body } = await api.client.call(method, path, { key: theirs });
      expect([status, body]).toEqual([404, { detail: 'Invoice not found' }]);
    }
    expect((await api.client.get('/invoices', { key: theirs })).body).toEqual([]);
  });
});
