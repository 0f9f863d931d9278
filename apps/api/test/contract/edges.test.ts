import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { enginesAndCitus as engines } from '../support/engines.ts';
import { invoiceBody, lineItem } from '../support/invoices.ts';

describe.each(engines)('edges of HTTP on $name', (engine) => {
  const api = engine.startApi();
  let key: string;

  beforeAll(async () => {
    key = await api.client.newTenant();
  });

  const MALFORMED = { detail: [{ loc: ['body'], msg: 'JSON decode error', type: 'json_invalid' }] };

  it.each([
    ['nothing but an opening', '{'],
    ['a hundred thousand openings', '['.repeat(100_000)],
    ['a bare NaN', '{"external_id":NaN}'],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
  ])('422 for %s', async (_name, raw) => {
    const { status, body } = await api.client.post('/invoices', { key, raw });
    expect([status, body]).toEqual([422, MALFORMED]);
  });

  it('422 for a body of another media type, after authentication', async () => {
    const raw = JSON.stringify(invoiceBody());
    expect((await api.client.post('/invoices', { raw, type: 'text/plain' })).status).toBe(403);
    const { status, body } = await api.client.post('/invoices', { key, raw, type: 'text/plain' });
    expect([status, body.detail[0].type]).toEqual([422, 'model_attributes_type']);
  });

  it('takes JSON by its suffix, with a byte order mark, and compressed', async () => {
    const json = JSON.stringify(invoiceBody());
    const calls = [
      { raw: json, type: 'application/vnd.vatevo+json' },
      { raw: `\ufeff${json}`, type: 'application/json; charset=utf-8' },
      { raw: gzipSync(json), headers: { 'Content-Encoding': 'gzip' } },
    ];
    for (const call of calls) expect((await api.client.post('/invoices', { key, ...call })).status).toBe(200);
  });

  it('413 for a body over 1 MB, also when only its unpacked form is', async () => {
    const large = JSON.stringify(invoiceBody({ external_id: 'x'.repeat(1024 * 1024) }));
    const calls = [{ raw: large }, { raw: gzipSync(large), headers: { 'Content-Encoding': 'gzip' } }];
    for (const call of calls) {
      const { status, body } = await api.client.post('/invoices', { key, ...call });
      expect([status, body]).toEqual([413, { detail: 'The body is larger than 1 MB' }]);
    }
  });

  it('takes a body of just under 1 MB', async () => {
    const body = invoiceBody({ unknown: 'x'.repeat(1024 * 1024 - 4096) });
    expect((await api.client.post('/invoices', { key, body })).status).toBe(200);
  });

  it('names the first hundred faults of a body that has thousands', async () => {
    const line_items = Array.from({ length: 900 }, () => lineItem({ line_total: 'x' }));
    const { status, body } = await api.client.post('/invoices', { key, body: invoiceBody({ line_items }) });
    expect([status, body.detail.length]).toEqual([422, 100]);
  });

  it('ignores a key named __proto__', async () => {
    const raw = `{"__proto__":{"admin":true},${JSON.stringify(invoiceBody()).slice(1)}`;
    expect((await api.client.post('/invoices', { key, raw })).status).toBe(200);
  });

  it.each([
    ['GET', '/nowhere', 404, { detail: 'Not Found' }],
    ['DELETE', '/invoices', 405, { detail: 'Method Not Allowed' }],
    ['PUT', '/invoices/1', 405, { detail: 'Method Not Allowed' }],
    ['GET', '/tenants', 405, { detail: 'Method Not Allowed' }],
    ['POST', '/health', 405, { detail: 'Method Not Allowed' }],
    ['GET', '/invoices/%ff', 400, { detail: 'Bad Request' }],
  ])('%s %s is %i', async (method, path, status, body) => {
    const answer = await api.client.call(method, path, { key });
    expect([answer.status, answer.body]).toEqual([status, body]);
    expect(answer.headers.has('allow')).toBe(status === 405);
  });

  it("gives every answer an id: the caller's own when it is sane", async () => {
    const own = await api.client.get('/health', { headers: { 'X-Request-Id': 'abc-1' } });
    expect(own.headers.get('x-request-id')).toBe('abc-1');
    const replaced = await api.client.get('/health', { headers: { 'X-Request-Id': 'a b"c' } });
    expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('does not say what it runs on, and lets no other origin in', async () => {
    const { headers } = await api.client.get('/invoices', {
      key,
      headers: { Origin: 'https://evil.example' },
    });
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('logs requests without their keys, bodies and query strings', async () => {
    await api.client.post('/invoices?note=do-not-log', {
      key,
      body: invoiceBody({ external_id: 'do-not-log' }),
    });
    await api.client.get('/invoices', { key: 'do-not-log' });
    const log = api.log();
    expect(log).toContain('"path":"/invoices"');
    expect(log).not.toContain('do-not-log');
    expect(log).not.toContain(key);
  });
});
