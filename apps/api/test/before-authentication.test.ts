import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Request } from 'express';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Guesses } from '../src/http/guesses.ts';
import { readSettings } from '../src/settings.ts';
import { ApiProcesses } from './support/api-process.ts';
import { engines } from './support/engines.ts';
import { invoiceBody, lineItem } from './support/invoices.ts';

const [engine] = engines;
if (!engine) throw new Error('There is no engine.');

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A POST /invoices of which only `sent` bytes of the body come, and what is answered to it. @param length undefined: in chunks */
function halfSent(url: string, key: string | undefined, length: number | undefined, sent = 1) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  const authorization = key === undefined ? '' : `Authorization: Bearer ${key}\r\n`;
  const framing = length === undefined ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
  socket.write(`POST /invoices HTTP/1.1\r\nHost: x\r\n${authorization}${framing}\r\n\r\n`);
  if (length === undefined) socket.write(`${sent.toString(16)}\r\n`);
  socket.write(' '.repeat(sent));
  return { socket, answer: () => answer, status: () => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0) };
}

describe('before it is known who calls', () => {
  const api = engine.startApi();

  it('nothing waits for a body', async () => {
    for (const [key, status] of [
      [undefined, 403],
      ['vat_unknown', 401],
    ] as const) {
      const call = halfSent(api.url, key, 1024 * 1024);
      await expect.poll(call.status).toBe(status);
    }
  });

  it('a body that is longer than any may be is cut off', async () => {
    const call = halfSent(api.url, undefined, 2 ** 31, 0);
    await expect.poll(call.status).toBe(403);
    const megabyte = Buffer.alloc(1024 * 1024);
    for (let sent = 0; sent < 64 && !call.socket.destroyed; sent++) {
      call.socket.write(megabyte);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(call.socket.destroyed).toBe(true);
  });

  it('half-sent bodies are few: of one tenant, and of all', async () => {
    const keys: string[] = [];
    for (let i = 0; i < 9; i++) keys.push(await api.client.newTenant());
    const calls: ReturnType<typeof halfSent>[] = [];
    for (const key of keys.slice(0, 8)) {
      for (let i = 0; i < 16; i++) calls.push(halfSent(api.url, key, 1000));
      // In this order: the first one has waited for longest.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // More of the same tenant wait, as far as there is room for them.
    const more = Array.from({ length: 201 }, () => halfSent(api.url, keys[0], 1000));
    await expect.poll(() => more.filter((call) => call.status() === 429).length).toBe(1);
    expect(calls.map((call) => call.status())).not.toContain(429);
    // Another tenant is served all the same, in the place of the oldest.
    const body = JSON.stringify(invoiceBody()).padStart(5000);
    const other = halfSent(api.url, keys[8], Buffer.byteLength(body));
    await expect.poll(() => calls.filter((call) => call.status() === 408).length).toBe(1);
    expect(calls.slice(0, 16).some((call) => call.status() === 408)).toBe(true);
    other.socket.write(body.slice(1));
    await expect.poll(other.status).toBe(200);
  });
});

const burst = (engines[1] ?? engine).startApi();
it('what a tenant sends at once is taken, however many requests it is, and in how many pieces it comes', async () => {
  const key = await burst.client.newTenant();
  for (const note of ['', 'x'.repeat(1000)]) {
    const body = invoiceBody({
      line_items: Array.from({ length: note.length / 10 + 1 }, () => lineItem({ note })),
    });
    const sent = Array.from({ length: 50 }, () => burst.client.post('/invoices', { key, body }));
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  }
});

describe('a body that is too long', () => {
  const api = engine.startApi();
  const MEGABYTE = 1024 * 1024;

  it.each([
    ['that says so', MEGABYTE + 1, 0],
    ['of as many bytes as there are', 2 ** 53, 0],
    ['in chunks', undefined, MEGABYTE + 1],
  ])('%s is refused before it has arrived, and its connection ends', async (_name, length, sent) => {
    const call = halfSent(api.url, await api.client.newTenant(), length, sent);
    await once(call.socket, 'end');
    expect([call.status(), call.answer()]).toEqual([413, expect.stringContaining('Connection: close')]);
  });

  it('is refused to who sends it all without looking, and nothing behind it is done', async () => {
    const key = await api.client.newTenant();
    const call = halfSent(api.url, key, MEGABYTE + 1, MEGABYTE + 1);
    const next = JSON.stringify(invoiceBody());
    call.socket.write(
      `POST /invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Length: ${Buffer.byteLength(next)}\r\n\r\n${next}`,
    );
    await once(call.socket, 'end');
    expect(call.status()).toBe(413);
    call.socket.end();
    await once(call.socket, 'close');
    expect((await api.client.get('/invoices', { key })).body).toEqual([]);
  });
});

describe('a client that waits with its body', () => {
  const api = engine.startApi();
  const MEGABYTE = 1024 * 1024;
  const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

  /** Sends the headers of a call, and what `then` is behind the answer of 100. */
  const call = async (head: string, then = '') => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    socket.write(`${head}\r\nHost: x\r\nExpect: 100-continue\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) {
      if (answer === '' && String(chunk).startsWith(CONTINUE)) socket.write(then);
      answer += chunk;
    }
    return answer;
  };
  const post = (key: string, length: number) =>
    `POST /invoices HTTP/1.1\r\nAuthorization: Bearer ${key}\r\nContent-Length: ${length}`;

  it('need not send it when it is refused, and the connection ends', async () => {
    const key = await api.client.newTenant();
    for (const [head, status] of [
      [post('vat_unknown', 5), 401],
      [post(key, MEGABYTE + 1), 413],
      [`POST /nowhere HTTP/1.1\r\nContent-Length: 5`, 404],
      [`GET /health HTTP/1.1\r\nContent-Length: 5`, 200],
    ] as const)
      expect((await call(head)).split('\r\n')).toEqual(
        expect.arrayContaining([expect.stringContaining(`HTTP/1.1 ${status} `), 'Connection: close']),
      );
  });

  it('is asked for it when it is known, and its connection stays', async () => {
    const key = await api.client.newTenant();
    const body = JSON.stringify(invoiceBody());
    const head = post(key, Buffer.byteLength(body));
    const last = `GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
    const answer = await call(head, body + last);
    const statuses = ['HTTP/1.1 100', 'HTTP/1.1 200', 'HTTP/1.1 200'];
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(statuses);
    // Nor does it end where there is no body.
    const without = await call('GET /health HTTP/1.1', last);
    expect(without.match(/HTTP\/1\.1 \d+/g)).toEqual(statuses);
  });
});

const coded = engine.startApi();
it.each(['gzip, chunked', 'gzip,chunked', 'identity, chunked'])(
  'a body that comes as %s is refused unread, and its connection ends',
  async (coding) => {
    const { hostname, port } = new URL(coded.url);
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    const key = await coded.client.newTenant();
    socket.write(
      `POST /invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nTransfer-Encoding: ${coding}\r\n\r\n`,
    );
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 501 [\s\S]*\r\nConnection: close\r\n/);
  },
);

describe('wrong keys', () => {
  const api = engine.startApi({
    VATEVO_RATE_LIMIT: '1000',
    VATEVO_TRUST_PROXY: '1',
    VATEVO_OPERATOR_TOKEN: 'o'.repeat(16),
  });
  let known: string;
  let unknown: string;

  const from = (address: string) => ({ 'X-Forwarded-For': address });
  const status = async (key: string, address: string) =>
    (await api.client.get('/tenants/me', { key, headers: from(address) })).status;

  beforeAll(async () => {
    const create = async () =>
      (await api.client.post('/tenants', { key: 'o'.repeat(16), body: { name: 'x' } })).body
        .api_key as string;
    [known, unknown] = [await create(), await create()];
  });

  it('are limited by address, and shut out nobody whose key was right before', async () => {
    expect(await status(known, '192.0.2.1')).toBe(200);
    // All at once: none is counted before the others are looked at.
    const guesses = Array.from({ length: 100 }, (_, i) => status(`guess-${i}`, '192.0.2.1'));
    const answered = await Promise.all(guesses);
    expect(answered.filter((each) => each === 401)).toHaveLength(60);
    expect(answered.filter((each) => each === 429)).toHaveLength(40);
    expect([await status(known, '192.0.2.1'), await status(unknown, '192.0.2.1')]).toEqual([200, 429]);
    expect(await status(unknown, '192.0.2.2')).toBe(200);
  });

  it('are looked at a few at a time, and no more than may be wrong', async () => {
    const guesses = new Guesses(true);
    const request = { ip: '192.0.2.9' } as unknown as Request;
    let [looked, atOnce, most] = [0, 0, 0];
    const look = async () => {
      looked++;
      most = Math.max(most, ++atOnce);
      await setImmediate();
      atOnce--;
      return undefined;
    };
    const tried = Array.from({ length: 200 }, (_, i) => guesses.admit(request, String(i), look));
    const refused = (await Promise.allSettled(tried)).filter(({ status }) => status === 'rejected');
    expect([looked, most, refused.length]).toEqual([60, 8, 140]);
  });

  it('and wrong tokens of the operator with them', async () => {
    const create = async (key: string) =>
      (await api.client.post('/tenants', { key, body: { name: 'x' }, headers: from('192.0.2.3') })).status;
    const statuses = [];
    for (let i = 0; i < 61; i++) statuses.push(await create(`wrong-${i}`.padEnd(16, '-')));
    expect([statuses[59], statuses[60], await create('o'.repeat(16))]).toEqual([401, 429, 429]);
  });
});

describe('the rate limit', () => {
  const api = engine.startApi({ VATEVO_RATE_LIMIT: '5' });

  it('counts a tenant, however its key is written', async () => {
    const key = await api.client.newTenant();
    const other = await api.client.newTenant();
    const spellings = [
      `Bearer ${key}`,
      `bearer ${key}`,
      `BEARER ${key}`,
      `bEARER ${key}`,
      `beareR ${key}`,
      `BEArer ${key}`,
    ];
    const statuses = [];
    for (const Authorization of spellings)
      statuses.push((await api.client.get('/invoices', { headers: { Authorization } })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await api.client.get('/invoices', { key: other })).status).toBe(200);
  });
});

describe('VATEVO_TRUST_PROXY', () => {
  const read = (VATEVO_TRUST_PROXY: string) =>
    readSettings({ POSTGRES_URL: 'postgresql://a@b/c', VATEVO_TRUST_PROXY }).trustProxy;

  it('is a number of proxies, or who they are', () => {
    expect([read(''), read('0'), read('2'), read('10.0.0.0/8, loopback,::1')]).toEqual([
      false,
      false,
      2,
      ['10.0.0.0/8', 'loopback', '::1'],
    ]);
    for (const wrong of ['yes', 'true', '10.0.0.0/99', 'proxy.example', '1,2', '10/8', '10.1', '0x7f.1']) {
      expect(() => read(wrong)).toThrow(/VATEVO_TRUST_PROXY/);
    }
  });
});

describe('the log', () => {
  const processes = new ApiProcesses();
  afterEach(() => processes.end());

  it('holds nobody up whose reader has stopped', async () => {
    const api = await processes.start({ VATEVO_WEBHOOKS: 'off' });
    const client = await api.client();
    api.child.stdout?.pause();
    // More than a pipe and its reader's buffer hold, by their paths.
    const path = `/nowhere/${'x'.repeat(4000)}`;
    for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 10 }, () => client.get(path)));
    expect((await client.get('/health')).status).toBe(200);
    api.child.stdout?.resume();
    api.child.kill('SIGTERM');
    await once(api.child, 'close');
    expect(api.output.stdout.split('\n').filter((line) => line.includes('/nowhere'))).toHaveLength(100);
  });
});
