import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { createTestDatabase, makeTenant, newInvoice } from '@vatevo/db/testing';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { ApiProcesses } from './support/api-process.ts';
import { invoiceBody } from './support/invoices.ts';

const LONG = process.env.VATEVO_TEST_LONG === '1';

const processes = new ApiProcesses();
const start = (env?: Record<string, string>) => processes.start(env);
afterEach(() => processes.end());

/** A POST /invoices whose headers have reached the server and whose body has not. */
async function beginPost(url: string, key: string, body: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(
    `POST /invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nExpect: 100-continue\r\n\r\n`,
  );
  // The server has taken the request once it asks for the body.
  await Promise.race([once(socket, 'data'), closed]);
  expect(answer).toContain('100 Continue');
  return {
    async finish() {
      socket.write(body);
      // It may be closed by then: the body was waited for in vain.
      await closed;
      return answer;
    },
    abandon: () => socket.destroy(),
  };
}

describe('the process', () => {
  // That the sentence is said, is tried in server.test.ts; that a process says it, by another address in processes.test.ts.
  it.runIf(LONG)('says in one sentence that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const api = await start({ PORT: String(port) });
    expect(await api.exit).toBe(1);
    expect(api.output.stderr).toBe(
      `Cannot listen on 127.0.0.1:${port}: the port is taken. Set PORT to a free one, or stop what uses it.\n`,
    );
    other.close();
  });

  it('forgets answers to old requests and old deliveries, also where it delivers no webhooks', async () => {
    const { db, env, drop } = await createTestDatabase();
    onTestFinished(drop);
    const tenant = db.forTenant((await makeTenant(db)).tenant.id);
    await tenant.createInvoice(newInvoice(), [{ eventType: 'invoice.validated', payload: {} }]);
    await tenant.answerOnce({ key: 'once', requestHash: 'ab'.repeat(32) }, async () => 'an answer');
    const file = new Database(String(env.DATABASE_URL).slice('file:'.length));
    const count = (table: string) => file.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    const old = "created_at = '2020-01-01T00:00:00.000000Z'";
    file.exec(`UPDATE idempotency_keys SET ${old}; UPDATE webhook_events SET delivered = 1, ${old}`);
    expect([count('idempotency_keys'), count('webhook_events')]).toEqual([1, 1]);
    const api = await start({ ...env, VATEVO_WEBHOOKS: 'off', VATEVO_KEEP_EVENTS_DAYS: '30' });
    const client = await api.client();
    await expect.poll(() => count('idempotency_keys'), { timeout: 10_000 }).toBe(0);
    await expect
      .poll(async () => (await client.get('/metrics')).body, { timeout: 10_000 })
      .toContain('vatevo_rows_forgotten_total{what="events"} 1');
    expect(count('webhook_events')).toBe(0);
    file.close();
  });

  it('serves SQLite with nothing set, answers what it has begun before it ends, and holds the data after a restart', async () => {
    const first = await start();
    const client = await first.client();
    const key = await client.newTenant();
    const { body: created } = await client.post('/invoices', { key, body: invoiceBody() });
    expect((await client.get('/health/db')).body).toEqual({ status: 'ok', database: 'connected' });
    const held = await beginPost(await first.url(), key, JSON.stringify(invoiceBody()));
    first.child.kill('SIGTERM');
    await first.logged('stopping');
    const answer = await held.finish();
    expect(answer).toMatch(/^HTTP\/1\.1 200 /m);
    expect(answer).toMatch(/^Connection: close/m);
    expect(await first.exit).toBe(0);

    const second = await start({ VATEVO_WEBHOOKS: 'off' });
    const { body } = await (await second.client()).get('/invoices', { key });
    expect(body).toHaveLength(2);
    expect(body).toContainEqual(created);
    // A second signal ends it at once, whatever has begun.
    const abandoned = await beginPost(await second.url(), key, '{}');
    second.child.kill('SIGINT');
    await second.logged('stopping');
    second.child.kill('SIGTERM');
    expect(await second.exit).toBe(1);
    abandoned.abandon();
    expect(first.output.stderr + second.output.stderr).toBe('');
    expect(first.output.stdout).not.toContain(key);
  });

  it('names every wrong variable, and ends with 2', async () => {
    const api = await start({ PORT: 'http', VATEVO_ENV: 'live', VATEVO_OPERATOR_TOKEN: 'short-secret' });
    expect(await api.exit).toBe(2);
    for (const name of ['PORT', 'VATEVO_ENV', 'VATEVO_OPERATOR_TOKEN'])
      expect(api.output.stderr).toContain(name);
    expect(api.output.stderr).not.toContain('short-secret');
    expect(api.output.stderr).not.toMatch(/^\s+at /m);
  });

  it('reads .env, which the environment outranks, and refuses SQLite in production', async () => {
    await writeFile(path.join(await processes.folder, '.env'), 'VATEVO_ENV=production\nPORT=http\n');
    const api = await start({ PORT: '0' });
    expect(await api.exit).toBe(2);
    expect(api.output.stderr).toContain('POSTGRES_URL');
    expect(api.output.stderr).not.toContain('PORT ');
  });

  it('starts without its database and says why it serves nothing', async () => {
    const POSTGRES_URL = 'postgresql://somebody:p4ssw0rd@127.0.0.1:1/vatevo';
    const api = await start({ POSTGRES_URL, VATEVO_WEBHOOKS: 'off' });
    const client = await api.client();
    await api.logged('127.0.0.1:1');
    expect((await client.get('/health')).status).toBe(200);
    const health = await client.get('/health/db');
    expect([health.status, health.body.status, health.body.database]).toEqual([503, 'error', 'refused']);
    const { status, headers } = await client.get('/invoices', { key: 'any' });
    expect([status, headers.has('retry-after')]).toEqual([503, true]);
    api.child.kill('SIGTERM');
    expect(await api.exit).toBe(0);
    expect(api.output.stdout + api.output.stderr + JSON.stringify(health.body)).not.toContain('p4ssw0rd');
  });

  it('never migrates a server by itself: it says what to run, and serves once that is done', async () => {
    const { url, drop } = await testDatabase();
    const api = await start({ POSTGRES_URL: url, VATEVO_WEBHOOKS: 'off' });
    await api.logged('Run pnpm ops:prepare-postgres');
    const client = await api.client();
    const { status, body } = await client.get('/health/db');
    expect([status, body.database]).toEqual([503, 'not prepared']);
    const admin = new pg.Client({ connectionString: url, ssl: false });
    await admin.connect();
    const { rows } = await admin.query(
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace`,
    );
    await admin.end();
    expect(rows).toEqual([]);
    api.child.kill('SIGTERM');
    expect(await api.exit).toBe(0);
    await drop();
  });

  it('repeats a webhook after a crash between sending and marking it, and loses none', async () => {
    let received = 0;
    const hook = createHttpServer((_request, response) => {
      received++;
      // The first one is left without an answer: the process dies before it can mark anything.
      if (received > 1) response.end();
    }).listen(0, '127.0.0.1');
    await once(hook, 'listening');
    const webhook_url = `http://127.0.0.1:${(hook.address() as { port: number }).port}/`;
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const env = { ...database.env, VATEVO_WEBHOOKS: 'on-with-private-addresses' };
    const first = await start(env);
    const client = await first.client();
    const { body: tenant } = await client.post('/tenants', { body: { name: 'Hooked', webhook_url } });
    await client.post('/invoices', { key: tenant.api_key, body: invoiceBody() });
    await expect.poll(() => received, { timeout: 20_000 }).toBe(1);
    first.child.kill('SIGKILL');
    await first.exit;

    const file = new Database(String(database.env.DATABASE_URL).slice('file:'.length));
    expect(file.prepare('SELECT delivered, delivery_attempts FROM webhook_events').raw().all()).toEqual([
      [0, 1],
    ]);
    // The dead process's lease ends.
    file.prepare(`UPDATE webhook_events SET next_attempt_at = '2020-01-01T00:00:00.000000Z'`).run();
    const second = await start(env);
    await second.client();
    await expect.poll(() => received, { timeout: 20_000 }).toBe(2);
    await expect
      .poll(() => file.prepare('SELECT delivered FROM webhook_events').pluck().get(), { timeout: 20_000 })
      .toBe(1);
    file.close();
    hook.close();
    second.child.kill('SIGTERM');
    expect(await second.exit).toBe(0);
  });
});
