import { chmod } from 'node:fs/promises';
import pg from 'pg';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { engines } from './support/engines.ts';
import { callEveryRoute, statusesOf } from './support/every-route.ts';
import { invoiceBody } from './support/invoices.ts';

const BUSY = 'The database is busy';
const READ_ONLY = 'The database takes no writes at the moment: nothing was written, repeat the request later';

describe('a PostgreSQL that is in a mood', () => {
  const engine = engines.find(({ name }) => name === 'PostgreSQL') as (typeof engines)[number];
  const api = engine.startApi({ DB_POOL_MIN: '1' });
  let key: string;
  let failedId: number;
  const undo: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const each of undo.splice(0).reverse()) await each();
  });

  /** A session beside the API. */
  async function session(): Promise<pg.Client> {
    const { database } = api.config;
    if (database.kind !== 'postgres') throw new Error('PostgreSQL it is.');
    const { host, port, user, database: name, password } = database as unknown as Record<string, string>;
    const client = new pg.Client({ host, port: Number(port), user, database: name, password });
    // Tests end the sessions of all others.
    client.on('error', () => undefined);
    await client.connect();
    undo.push(() => client.end().catch(() => undefined));
    return client;
  }

  /** Connections that are open keep what they were opened with: the API gets new ones. */
  async function setting(values: Readonly<Record<string, string>>): Promise<void> {
    const client = await session();
    const of = (await client.query('SELECT quote_ident(current_database()) AS name')).rows[0].name;
    const others =
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
    for (const [name, value] of Object.entries(values))
      await client.query(`ALTER DATABASE ${of} SET ${name} = '${value}'`);
    await client.query(others);
    undo.push(async () => {
      const admin = await session();
      await admin.query(
        'SET default_transaction_read_only = off; SET idle_session_timeout = 0; SET ROLE NONE',
      );
      await admin.query(`ALTER DATABASE ${of} RESET ALL`);
      await admin.query(others);
    });
    // A connection that was lost fails the call that finds it so.
    await expect.poll(async () => (await reading()).status, { timeout: 10_000 }).toBe(200);
  }

  const reading = () => api.client.get(`/invoices/${failedId}`, { key });
  const writes = (
    headers = {},
  ): [string, Promise<{ status: number; body: { detail?: string }; headers: Headers }>][] => [
    ['an invoice', api.client.post('/invoices', { key, body: invoiceBody() })],
    [
      'a repeatable one',
      api.client.post('/invoices', {
        key,
        body: invoiceBody(),
        headers: { 'Idempotency-Key': 'k', ...headers },
      }),
    ],
    ['a retry', api.client.post(`/invoices/${failedId}/retry`, { key })],
    ['a secret', api.client.post('/tenants/me/webhook-secret', { key })],
  ];

  async function refused(detail: string, made = writes()): Promise<void> {
    for (const [name, write] of made) {
      const { status, body, headers } = await write;
      expect([name, status, body.detail]).toEqual([name, 503, detail]);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
  }

  beforeAll(async () => {
    key = await api.client.newTenant();
    failedId = (await api.client.post('/invoices', { key, body: invoiceBody({ currency: 'no code' }) })).body
      .id;
  });

  it('read-only: writes are 503, reads go on, and health says so', async () => {
    await setting({ default_transaction_read_only: 'on' });
    await refused(READ_ONLY);
    const { status, body } = await api.client.post('/tenants', { body: { name: 'x' } });
    expect([status, body.detail]).toEqual([503, READ_ONLY]);
    expect((await reading()).status).toBe(200);
    expect((await api.client.get('/health/db')).body).toEqual({ status: 'degraded', database: 'read-only' });
  });

  it('set otherwise than statements need it: every route and every webhook works', async () => {
    await setting({
      row_security: 'off',
      array_nulls: 'off',
      client_encoding: 'LATIN1',
      client_min_messages: 'error',
      DateStyle: 'German',
      default_transaction_isolation: 'serializable',
      idle_session_timeout: '500ms',
      role: 'vatevo_app',
      search_path: 'pg_temp',
      standard_conforming_strings: 'off',
      TimeZone: 'Asia/Kolkata',
      transform_null_equals: 'on',
    });
    const { body: tenant } = await api.client.post('/tenants', {
      body: { name: 'x', webhook_url: 'https://receiver.example/' },
    });
    const by = { key: tenant.api_key as string };
    const { body: created } = await api.client.post('/invoices', { ...by, body: invoiceBody() });
    expect((await api.client.get(`/invoices/${created.id}`, by)).body).toEqual(created);
    const claimed = await api.db.outbox.claim({ most: 10, leaseSeconds: 60, maxAttempts: 11 });
    const own = claimed.filter(({ tenantId }) => tenantId === tenant.id);
    expect(own).toHaveLength(1);
    await api.db.outbox.settle(own.map((event) => ({ ...event, delivered: false, next: null })));
    const events = async (state: string) =>
      (await api.client.get(`/tenants/me/webhook/events?state=${state}`, by)).body.length;
    expect([await events('failed'), await events('pending')]).toEqual([1, 0]);
    const answers = await callEveryRoute(api.client, by.key, {
      invoice_id: created.id,
      event_id: own[0]?.eventId ?? 0,
      tenant_id: tenant.id,
    });
    expect([...statusesOf(answers)].filter(([, status]) => status >= 500)).toEqual([]);
    expect((await api.client.get('/health/db')).status).toBe(200);
  });

  it.each([
    ['statement_timeout', '300ms'],
    ['lock_timeout', '300ms'],
  ])('%s: writes that wait for a lock are 503, and reads go on', async (name, value) => {
    await setting({ [name]: value });
    const client = await session();
    await client.query('BEGIN; LOCK TABLE invoices, webhook_events, tenants IN SHARE MODE');
    await refused(BUSY);
    expect((await reading()).status).toBe(200);
    await client.query('ROLLBACK');
  });

  it('a lock that is held for long: writes are 503, and nothing is written behind their back', async () => {
    const client = await session();
    const count = async () => Number((await client.query('SELECT count(*) FROM invoices')).rows[0].count);
    const before = await count();
    await client.query('BEGIN; LOCK TABLE invoices, webhook_events, tenants IN SHARE MODE');
    await refused(BUSY);
    expect((await reading()).status).toBe(200);
    await client.query('ROLLBACK');
    expect(await count()).toBe(before);
  });

  it('a lock that holds up reads: every route is 503 in time, and health says so', {
    timeout: 60_000,
  }, async () => {
    const client = await session();
    await client.query('BEGIN; LOCK TABLE tenants IN ACCESS EXCLUSIVE MODE');
    // Told although nobody has waited for it yet.
    const health = await api.client.get('/health/db');
    expect([health.status, health.body]).toEqual([503, { status: 'degraded', database: 'locked' }]);
    expect(api.log()).toContain('keeps table \\"tenants\\" locked (AccessExclusiveLock)');
    const answers = await callEveryRoute(api.client, key, {
      invoice_id: failedId,
      event_id: 1,
      tenant_id: 2_147_483_647,
    });
    expect([...statusesOf(answers).values()]).toEqual(Array(answers.size).fill(503));
    expect((await api.client.get('/health')).status).toBe(200);
    await client.query('ROLLBACK');
    expect((await reading()).status).toBe(200);
    expect((await api.client.get('/health/db')).status).toBe(200);
  });

  it('a sequence that is locked, and held up writes, is told of', async () => {
    const client = await session();
    await client.query('BEGIN; ALTER SEQUENCE invoices_id_seq CACHE 2');
    expect((await api.client.get('/health/db')).body).toEqual({ status: 'degraded', database: 'locked' });
    expect(api.log()).toContain('keeps sequence \\"invoices_id_seq\\" locked (ShareRowExclusiveLock)');
    await client.query('ROLLBACK');
    expect((await api.client.get('/health/db')).status).toBe(200);
  });

  it('a lock that is waited for, and all behind it, is told of', async () => {
    const [reader, client] = [await session(), await session()];
    await reader.query('BEGIN; SELECT FROM invoices LIMIT 1');
    const locked = client.query('BEGIN; LOCK TABLE invoices IN ACCESS EXCLUSIVE MODE; ROLLBACK');
    const waiting = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'invoices'::regclass`;
    await expect.poll(async () => (await reader.query(waiting)).rowCount).toBe(1);
    expect((await api.client.get('/health/db')).body).toEqual({ status: 'degraded', database: 'locked' });
    expect(api.log()).toContain('waits to get table \\"invoices\\" locked (AccessExclusiveLock)');
    await reader.query('ROLLBACK');
    await locked;
    expect((await api.client.get('/health/db')).status).toBe(200);
  });

  it('rows of tenants that hold up the writes of several are told of, those of one are not', async () => {
    const other = await api.client.newTenant();
    const client = await session();
    const post = (by: string) => api.client.post('/invoices', { key: by, body: invoiceBody() });
    const healthWhile = async (...keys: string[]) => {
      const posts = keys.map(post);
      const waiting = `SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'`;
      await expect.poll(async () => (await client.query(waiting)).rowCount).toBe(keys.length);
      const { body } = await api.client.get('/health/db');
      await client.query('ROLLBACK');
      for (const { status } of await Promise.all(posts)) expect(status).toBe(200);
      return body;
    };
    const lock = (where: string) => client.query(`BEGIN; SELECT FROM tenants ${where} FOR UPDATE`);
    await lock('');
    expect(await healthWhile(key, other)).toEqual({ status: 'degraded', database: 'locked' });
    expect(api.log()).toContain('keeps rows of table \\"tenants\\" locked');
    await lock(`WHERE api_key_prefix = '${key.slice(0, 8)}'`);
    expect((await post(other)).status).toBe(200);
    expect(await healthWhile(key)).toEqual({ status: 'ok', database: 'connected' });
  });

  it('a lock that comes and goes is nothing to tell of', async () => {
    const client = await session();
    await client.query('BEGIN; LOCK TABLE invoices IN SHARE MODE');
    const asked = api.client.get('/health/db');
    await client.query('COMMIT; BEGIN; LOCK TABLE invoices IN SHARE MODE; COMMIT');
    expect((await asked).body).toEqual({ status: 'ok', database: 'connected' });
  });

  it.each(['tenants', 'invoices, webhook_events, idempotency_keys'])(
    'a server that goes away in the middle of every route, while it waits for %s',
    { timeout: 60_000 },
    async (tables) => {
      const client = await session();
      await client.query(`BEGIN; LOCK TABLE ${tables} IN ACCESS EXCLUSIVE MODE`);
      const asked = callEveryRoute(api.client, key, {
        invoice_id: failedId,
        event_id: 1,
        tenant_id: 2_147_483_647,
      });
      const waiting = `FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      const count = async () => Number((await client.query(`SELECT count(*) ${waiting}`)).rows[0].count);
      await expect.poll(count, { timeout: 20_000 }).toBeGreaterThan(0);
      const [{ name }] = (await client.query('SELECT current_database() AS name')).rows;
      await client.query('ROLLBACK');
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
        [name],
      );
      const faults = [...statusesOf(await asked)].filter(([, status]) => status >= 500 && status !== 503);
      expect(faults).toEqual([]);
      await expect.poll(async () => (await reading()).status, { timeout: 10_000 }).toBe(200);
    },
  );

  const NO_ROOM = 'The database has no room left: nothing was written';
  const NOT_IN_ORDER = 'The database is not in order: nothing was written';

  it.each([
    ...['40001', '40P01', '55P03', '57014', '53200'].map((code) => [code, BUSY]),
    ...['53100', '2200H'].map((code) => [code, NO_ROOM]),
    ...['42501', '42703', '42883', '42P01', '58030', 'XX001'].map((code) => [code, NOT_IN_ORDER]),
  ])('SQLSTATE %s at every write is 503', async (code, detail) => {
    const client = await session();
    await client.query(`CREATE FUNCTION mood() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'in a mood' USING ERRCODE = '${code}'; END $$`);
    for (const table of ['invoices', 'tenants', 'idempotency_keys'])
      await client.query(
        `CREATE TRIGGER mood BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION mood()`,
      );
    try {
      await refused(detail as string);
      expect((await reading()).status).toBe(200);
    } finally {
      await client.query('DROP FUNCTION mood() CASCADE');
    }
  });

  it.each([
    ['a right', 'REVOKE SELECT ON invoices FROM vatevo_app', 'GRANT SELECT ON invoices TO vatevo_app'],
    [
      'a column',
      'ALTER TABLE invoices RENAME currency TO was',
      'ALTER TABLE invoices RENAME was TO currency',
    ],
    ['a table', 'ALTER TABLE invoices RENAME TO was', 'ALTER TABLE was RENAME TO invoices'],
  ])('%s that is missing: what needs it is 503', async (_name, take, give) => {
    const client = await session();
    await client.query(take);
    try {
      const values = { invoice_id: failedId, event_id: 1, tenant_id: 2_147_483_647 };
      const statuses = statusesOf(await callEveryRoute(api.client, key, values));
      expect(statuses.get('get /invoices')).toBe(503);
      expect([...statuses].filter(([, status]) => status >= 500 && status !== 503)).toEqual([]);
    } finally {
      await client.query(give);
    }
    await expect.poll(async () => (await reading()).status, { timeout: 10_000 }).toBe(200);
  });
});

describe('a SQLite file that lacks something', () => {
  const engine = engines.find(({ name }) => name === 'SQLite') as (typeof engines)[number];
  const api = engine.startApi();

  it.each([
    [
      'a column',
      'ALTER TABLE invoices RENAME currency TO was',
      'ALTER TABLE invoices RENAME was TO currency',
    ],
    ['a table', 'ALTER TABLE invoices RENAME TO was', 'ALTER TABLE was RENAME TO invoices'],
    ['the table of keys', 'ALTER TABLE tenants RENAME TO was', 'ALTER TABLE was RENAME TO tenants'],
  ])('such as %s: what needs it is 503', async (_name, take, give) => {
    const key = await api.client.newTenant();
    const { id } = (await api.client.post('/invoices', { key, body: invoiceBody() })).body;
    await api.db.$executeRawUnsafe(take);
    try {
      const values = { invoice_id: id, event_id: 1, tenant_id: 1 };
      const statuses = statusesOf(await callEveryRoute(api.client, key, values));
      expect(statuses.get('get /invoices')).toBe(503);
      expect([...statuses].filter(([, status]) => status >= 500 && status !== 503)).toEqual([]);
    } finally {
      await api.db.$executeRawUnsafe(give);
    }
    await expect.poll(async () => (await api.client.get('/health/db')).status).toBe(200);
  });
});

describe('a SQLite file that may not be written to', () => {
  const engine = engines.find(({ name }) => name === 'SQLite') as (typeof engines)[number];
  const api = engine.startApi();

  it('is told of by health', async () => {
    const { database } = api.config;
    if (database.kind !== 'sqlite') throw new Error('SQLite it is.');
    // To the superuser every file may be written to.
    const mayAlways = process.getuid?.() === 0;
    await chmod(database.file, 0o444);
    const { body } = await api.client.get('/health/db');
    await chmod(database.file, 0o644);
    expect(body).toEqual(
      mayAlways ? { status: 'ok', database: 'connected' } : { status: 'degraded', database: 'read-only' },
    );
  });
});
