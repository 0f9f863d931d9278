import { parseConfig } from '@vatevo/connection';
import type { TestDatabase } from '@vatevo/local-postgres/vitest';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDbClient, type DbClient, QueryFailedError } from '../../src/index.ts';
import { setUpRoles } from '../../src/migrations/index.ts';
import { preparedDatabase } from '../support/sql.ts';
import { newInvoice, newTenant } from './support/rows.ts';

let database: TestDatabase;
let db: DbClient;
let mine: number;
let theirs: number;
let theirInvoice: number;

beforeAll(async () => {
  database = await preparedDatabase();
  const config = parseConfig({ POSTGRES_URL: database.url });
  db = createDbClient({ config });
  mine = await newTenant(db);
  theirs = await newTenant(db);
  await db.tenant.update({ where: { id: theirs }, data: { webhookUrl: 'https://receiver.test/' } });
  await db.forTenant(mine).createInvoice(newInvoice());
  const event = { eventType: 'invoice.validated', payload: {} };
  theirInvoice = (await db.forTenant(theirs).createInvoice(newInvoice(), [event])).id;
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

describe('row-level security', () => {
  it('hides every row of others, whatever is asked', async () => {
    const seen = await db.forTenant(mine).transaction(async (models) => ({
      invoices: await models.invoice.findMany({ select: { tenantId: true } }),
      theirs: await models.invoice.findUnique({
        where: { tenantId_id: { tenantId: theirs, id: theirInvoice } },
      }),
      events: await models.webhookEvent.count(),
      tenants: await models.$queryRaw`SELECT id FROM tenants`,
      raw: await models.$queryRawUnsafe(`SELECT id FROM invoices WHERE tenant_id = ${theirs} OR true`),
      functions: await models.$queryRaw`SELECT count(*)::int AS n FROM invoices, webhook_events`,
    }));
    expect(seen.invoices).toEqual([{ tenantId: mine }]);
    expect([seen.theirs, seen.events, seen.functions]).toEqual([null, 0, [{ n: 0 }]]);
    expect(seen.tenants).toEqual([{ id: mine }]);
    expect(seen.raw).toHaveLength(1);
    expect(await db.forTenant(mine).invoice(theirInvoice)).toBeNull();
  });

  it.each<[string, string]>([
    ['write for them', `INSERT INTO invoices SELECT * FROM invoices`],
    ['move a row to them', 'UPDATE invoices SET tenant_id = $theirs'],
    ['see hashes', 'SELECT api_key_hash FROM tenants'],
    ['see webhook secrets', 'SELECT webhook_secret FROM tenants'],
    ['delete', 'DELETE FROM invoices'],
    ['truncate', 'TRUNCATE invoices'],
    ['change tenants', `UPDATE tenants SET name = 'x'`],
    ['change events', `UPDATE webhook_events SET payload = '{}'`],
    ['have another key', `SELECT vatevo_rotate_api_key($theirs, NULL, repeat('b', 64), '', NULL)`],
    ['look into the ledger', 'SELECT * FROM _prisma_migrations'],
    ['switch policies off', 'ALTER TABLE invoices DISABLE ROW LEVEL SECURITY'],
    ['ask for errors instead', 'SET LOCAL row_security = off; SELECT id FROM invoices'],
    [
      'take their deliveries',
      'SELECT * FROM vatevo_claim_by_tenant(100, 100, 0, ARRAY[]::int[], ARRAY[]::int[], 60, 11)',
    ],
    ['take them as before', 'SELECT * FROM vatevo_claim_deliveries(100, 60, 11)'],
    [
      'silence them',
      'SELECT vatevo_settle_deliveries(ARRAY[$theirs], ARRAY[1], ARRAY[true], ARRAY[NULL::timestamptz])',
    ],
    ['silence them as before', 'SELECT vatevo_settle_delivery($theirs, 1, true, NULL)'],
    ['make their answers be forgotten', "SELECT vatevo_forget_answers('infinity', 10)"],
    ['make them be forgotten as before', "SELECT vatevo_forget_idempotency_keys('infinity')"],
    ['make their events be forgotten', "SELECT vatevo_forget_delivered('infinity', 0, 0, 10)"],
    ['make tenants', `SELECT vatevo_create_tenant('x', repeat('a', 64), '', 'https://a.test', NULL)`],
    ['be the jobs', 'SET LOCAL ROLE vatevo_jobs; SELECT 1'],
    ['be the jobs by a function', "SELECT set_config('role', 'vatevo_jobs', true); SELECT 1"],
    ['be the login', 'RESET ROLE; SELECT 1'],
    ['lock the table for all', 'LOCK TABLE invoices IN SHARE MODE'],
  ])('does not let a tenant %s', async (_, sql) => {
    const statements = sql.replaceAll('$theirs', String(theirs)).split('; ');
    const attempt = db.forTenant(mine).transaction(async (models) => {
      for (const statement of statements) await models.$executeRawUnsafe(statement);
    });
    await expect(attempt).rejects.toThrow();
    expect(await db.invoice.count({ where: { tenantId: theirs } })).toBe(1);
    const untouched = {
      tenantId: theirs,
      delivered: false,
      deliveryAttempts: 0,
      nextAttemptAt: { not: null },
    };
    expect(await db.webhookEvent.count({ where: untouched })).toBe(1);
    expect(await db.tenant.count()).toBe(2);
  });

  it('shows nothing at all to the role without a tenant, and ends with the transaction', async () => {
    await db.forTenant(mine).invoices({ limit: 1 });
    const [row] =
      (await db.$queryRaw`SELECT current_user::text AS role, current_setting('vatevo.tenant_id', true) AS tenant`) as [
        { role: string; tenant: string | null },
      ];
    expect([row.role, row.tenant || null]).toEqual(['postgres', null]);
    const found = await db.$transaction(async (models) => {
      await models.$executeRaw`SET LOCAL ROLE vatevo_app`;
      return models.invoice.count();
    });
    expect(found).toBe(0);
  });

  it('does not let a statement run with the login’s rights when the role cannot be taken', async () => {
    const client = new pg.Client({ connectionString: database.url, ssl: false });
    await client.connect();
    await client.query(`DROP ROLE IF EXISTS vatevo_test_plain`);
    await client.query(`CREATE ROLE vatevo_test_plain LOGIN PASSWORD 'plain'`);
    await client.query('GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO vatevo_test_plain');
    const url = new URL(database.url);
    url.username = 'vatevo_test_plain';
    url.password = 'plain';
    const plain = createDbClient({ config: parseConfig({ POSTGRES_URL: url.href, DB_POOL_SIZE: '1' }) });
    try {
      const tenant = plain.forTenant(mine);
      await expect(tenant.invoices({ limit: 10 })).rejects.toThrow(QueryFailedError);
      await expect(tenant.createInvoice(newInvoice())).rejects.toThrow(/permission denied to set role/);
      await expect(tenant.transaction((models) => models.invoice.count())).rejects.toThrow();
      expect(await db.invoice.count({ where: { tenantId: mine } })).toBe(1);
    } finally {
      await plain.close();
      await client.query('DROP OWNED BY vatevo_test_plain; DROP ROLE vatevo_test_plain');
      await client.end();
    }
  });

  it('works for a login that owns nothing and is only a member of the roles', async () => {
    const client = new pg.Client({ connectionString: database.url, ssl: false });
    await client.connect();
    await client.query(`DROP ROLE IF EXISTS vatevo_test_app`);
    await client.query(`CREATE ROLE vatevo_test_app LOGIN PASSWORD 'app' IN ROLE vatevo_app, vatevo_jobs`);
    const url = new URL(database.url);
    url.username = 'vatevo_test_app';
    url.password = 'app';
    const app = createDbClient({ config: parseConfig({ POSTGRES_URL: url.href, DB_POOL_SIZE: '2' }) });
    try {
      const { id } = await app.registry.create({
        name: 'New',
        apiKeyHash: 'ab'.repeat(32),
        apiKeyPrefix: 'x',
      });
      expect(await app.registry.findByKeyHash('ab'.repeat(32))).toMatchObject({ id, name: 'New' });
      const created = await app.forTenant(id).createInvoice(newInvoice(), [{ eventType: 'a', payload: {} }]);
      expect(await app.forTenant(id).invoices({ limit: 10 })).toEqual([created]);
      await app.outbox.claim({ most: 100, leaseSeconds: 60, maxAttempts: 3 });
      await app.outbox.forgetAnswers({ before: '2020-01-01T00:00:00.000000Z', most: 10 });
      await expect(app.$queryRaw`SELECT api_key_hash FROM tenants`).rejects.toThrow();
      expect(await app.invoice.count()).toBe(0);
    } finally {
      await app.close();
      await client.query('DROP ROLE vatevo_test_app');
      await client.end();
    }
  });
});

describe('setUpRoles', () => {
  it('can run many times at once', async () => {
    const config = parseConfig({ POSTGRES_URL: database.url });
    if (config.database.kind !== 'postgres') throw new Error('not PostgreSQL');
    const { database: target } = config;
    await Promise.all(Array.from({ length: 8 }, () => setUpRoles(target)));
  });

  it('says what an administrator has to run when the login may not', async () => {
    const client = new pg.Client({ connectionString: database.url, ssl: false });
    await client.connect();
    await client.query(`DROP ROLE IF EXISTS "plain owner"`);
    await client.query(`CREATE ROLE "plain owner" LOGIN PASSWORD 'plain'`);
    const url = new URL(database.url);
    url.username = 'plain%20owner';
    url.password = 'plain';
    const config = parseConfig({ POSTGRES_URL: url.href });
    try {
      const failure = await setUpRoles(config.database as never).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        name: 'RolesError',
        remedy: ['GRANT vatevo_app TO "plain owner";', 'GRANT vatevo_jobs TO "plain owner";'],
      });
    } finally {
      await client.query('DROP ROLE "plain owner"');
      await client.end();
    }
  });
});
