import { hash } from 'node:crypto';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { enginesAndCitus as engines } from './support/engines.ts';
import { invoiceBody } from './support/invoices.ts';

describe.each(engines)('HTTP on $name', (engine) => {
  const api = engine.startApi({ VATEVO_CORS_ORIGINS: 'https://app.example' });
  let key: string;
  let id: number;
  beforeAll(async () => {
    key = await api.client.newTenant();
    id = (await api.client.post('/invoices', { key, body: invoiceBody() })).body.id;
  });

  it('names HEAD where GET is answered, and answers it', async () => {
    const allowed = async (path: string) =>
      (await api.client.call('DELETE', path, { key })).headers.get('allow');
    expect(await allowed('/invoices')).toBe('GET, POST, HEAD');
    expect(await allowed('/tenants')).toBe('POST');
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `HEAD /invoices/${id} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n\r\n`,
    );
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\n$/);
  });

  it('refuses a request that names two hosts', async () => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.write('GET /health HTTP/1.1\r\nHost: a\r\nhost: b\r\nConnection: close\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('lets nobody keep an answer that shows a secret', async () => {
    const created = await api.client.post('/tenants', { body: { name: 'x' } });
    const secret = await api.client.post('/tenants/me/webhook-secret', { key });
    for (const { headers } of [created, secret]) expect(headers.get('cache-control')).toBe('no-store');
  });

  it.each(['', '?limit=1', '/ID', '/ID/ubl'])(
    'answers 304 to who has GET /invoices%s already',
    async (rest) => {
      const path = `/invoices${rest.replace('ID', String(id))}`;
      const first = await api.client.get(path, { key });
      const etag = String(first.headers.get('etag'));
      expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'private, no-cache']);
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await fetch(api.url + path, {
          headers: { Authorization: `Bearer ${key}`, 'If-None-Match': known },
        });
        expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
      }
      const other = await api.client.get(path, { key, headers: { 'If-None-Match': '"other"' } });
      expect(other.body).toEqual(first.body);
    },
  );

  it('gives another tag when the invoice is another', async () => {
    const tag = async () => (await api.client.get(`/invoices/${id}`, { key })).headers.get('etag');
    const before = await tag();
    await api.db.invoice.updateMany({ where: { id }, data: { errorMessage: 'changed' } });
    expect(await tag()).not.toBe(before);
  });

  it('answers 304 to nobody who asks after a change was answered, and whose tag is older', async () => {
    const path = `/invoices/${id}`;
    const headers = (known: string) => ({ Authorization: `Bearer ${key}`, 'If-None-Match': known });
    let stop = false;
    let changes = 0;
    const wrong: string[] = [];
    const read = async () => {
      let known = '';
      while (!stop) {
        const before = changes;
        const answer = await fetch(api.url + path, { headers: headers(known) });
        const tag = String(answer.headers.get('etag'));
        const text = await answer.text();
        if (answer.status === 200) {
          const seen = Number(JSON.parse(text).error_message);
          if (seen < before || tag !== `"${hash('sha1', text, 'base64url')}"`) wrong.push(text);
          known = tag;
          tags.set(tag, seen);
        } else if (answer.status !== 304 || (tags.get(known) ?? 0) < before) wrong.push(`304 to ${known}`);
      }
    };
    const tags = new Map<string, number>();
    const change = (n: number) =>
      api.db.invoice.updateMany({ where: { id }, data: { errorMessage: String(n) } });
    await change(0);
    const readers = Array.from({ length: 4 }, read);
    for (let n = 1; tags.size < 5; n++) {
      await change(n);
      changes = n;
      // SQLite answers without a turn of the event loop, which the readers need.
      await nextTurn();
    }
    stop = true;
    await Promise.all(readers);
    expect(wrong).toEqual([]);
  });

  it('lets scripts of known origins read what they need', async () => {
    const { headers } = await api.client.get('/invoices', {
      key,
      headers: { Origin: 'https://app.example' },
    });
    expect(headers.get('vary')).toBe('Origin, Authorization');
    expect(headers.get('access-control-expose-headers')).toContain('ETag');
    expect(headers.get('access-control-expose-headers')).toContain('Link');
  });
});
