import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '@vatevo/connection';
import { hasPgBouncer, PGBOUNCER, startPgBouncer } from '@vatevo/test-kit/debian';
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { createDbClient, type DbClient, hashApiKey } from '../../src/index.ts';
import { makeTenant } from '../../src/testing/index.ts';
import { preparedDatabase } from '../support/sql.ts';
import { newInvoice, newTenant } from './support/rows.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A prepared database. */
async function prepared(): Promise<string> {
  const { url, drop } = await preparedDatabase();
  cleanUps.push(drop);
  return url;
}

function open(url: string, connections: number): DbClient {
  const env = { POSTGRES_URL: url, DB_POOL_SIZE: String(connections), DB_POOL_MIN: String(connections) };
  const db = createDbClient({ config: parseConfig(env) });
  cleanUps.push(() => db.close({ timeoutMs: 0 }));
  return db;
}

/** The statements that the server keeps for the client's only connection. */
const kept = (db: DbClient) => db.$queryRaw<{ statement: string; calls: number }[]>`
  SELECT statement, (generic_plans + custom_plans)::int AS calls FROM pg_prepared_statements WHERE name LIKE 'vatevo%'`;

it('plans a statement of a tenant once, however many tenants and calls there are', async () => {
  const db = open(await prepared(), 1);
  const tenants = [await newTenant(db), await newTenant(db)];
  for (const tenantId of [...tenants, ...tenants]) {
    await db
      .forTenant(tenantId)
      .createInvoice(newInvoice(), [{ eventType: 'invoice.validated', payload: {} }]);
    expect(await db.forTenant(tenantId).invoices({ limit: 100 })).not.toHaveLength(0);
  }
  expect((await kept(db)).map(({ calls }) => calls).sort()).toContain(4);
});

it('plans a statement of a model once when it comes again, until SQL of a caller has been run', async () => {
  const db = open(await prepared(), 1);
  const tenantId = await newTenant(db);
  const { id } = await db.forTenant(tenantId).createInvoice(newInvoice());
  const where = { tenantId_id: { tenantId, id } };
  // No other test asks for these columns.
  const find = () => db.invoice.findUnique({ where, select: { currency: true, createdAt: true, id: true } });
  const calls = async () =>
    (await kept(db)).flatMap(({ statement, calls }) => (/^SELECT "/.test(statement) ? [calls] : []));
  const found = await find();
  expect(found).toMatchObject({ currency: 'EUR', createdAt: expect.any(Date) });
  for (let i = 0; i < 3; i++) expect(await find()).toEqual(found);
  expect(await calls()).toEqual([3]);
  for (let i = 0; i < 2; i++) expect(await find()).toEqual(found);
  expect(await calls()).toEqual([2]);
});

it('goes on when a migration changes a column under the plans of every connection', async () => {
  const url = await prepared();
  const db = open(url, 3);
  const tenant = db.forTenant(await newTenant(db));
  const { id } = await tenant.createInvoice(newInvoice());
  const read = () => Promise.all(Array.from({ length: 12 }, () => tenant.invoice(id)));
  const before = await read();
  const readModels = () => Promise.all(Array.from({ length: 12 }, () => db.invoice.findMany({ take: 1 })));
  const modelsBefore = [await readModels(), await readModels()].at(-1);
  const admin = new pg.Client({ connectionString: url, ssl: false });
  await admin.connect();
  await admin.query('ALTER TABLE invoices ALTER currency TYPE varchar(3)');
  await admin.end();
  expect(await read()).toEqual(before);
  expect(await readModels()).toEqual(modelsBefore);
  await expect(
    tenant.answerOnce({ key: 'k', requestHash: 'h' }, async (inside) => {
      return (await inside.createInvoice(newInvoice())).currency;
    }),
  ).resolves.toEqual({ answer: 'EUR', repeated: false });
});

it('finds what is there behind the lock of a statement that rewrites the tables', async () => {
  const url = await prepared();
  const db = open(url, 3);
  const { tenant, apiKey } = await makeTenant(db, { webhookUrl: 'https://a.test/' });
  const events = [{ eventType: 'invoice.validated', payload: {} }];
  await db.forTenant(tenant.id).createInvoice(newInvoice(), events);
  const event = await db.webhookEvent.findFirstOrThrow();
  const admin = new pg.Client({ connectionString: url, ssl: false });
  await admin.connect();
  cleanUps.push(() => admin.end());
  const waiting = async () =>
    (await admin.query(`SELECT FROM pg_locks WHERE NOT granted AND relation = 'tenants'::regclass`)).rowCount;
  await admin.query('BEGIN');
  // As if each were a new table: its rows are of this transaction.
  await admin.query(`ALTER TABLE tenants ALTER name TYPE text USING name || ''`);
  const found = Promise.all([
    db.registry.findByKeyHash(hashApiKey(apiKey)),
    db.outbox.destination({ tenantId: tenant.id, eventId: Number(event.id) }),
    db.forTenant(tenant.id).webhook.settings(),
  ]);
  while (((await waiting()) ?? 0) < 3) await sleep(5);
  await admin.query('COMMIT');
  expect(await found).toMatchObject([
    { id: tenant.id },
    { url: 'https://a.test/' },
    { webhookUrl: 'https://a.test/' },
  ]);
  const { rows: others } = await admin.query(
    `SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND provolatile <> 'v'`,
  );
  expect(others).toEqual([]);
});

it.runIf(hasPgBouncer)(`keeps none behind a pooler, which would lose them (needs ${PGBOUNCER})`, async () => {
  const bouncer = await startPgBouncer(await prepared(), 'transaction');
  cleanUps.push(() => bouncer.stop());
  const db = open(bouncer.url, 1);
  const tenant = db.forTenant(await newTenant(db));
  for (let i = 0; i < 3; i++) {
    expect(await tenant.invoices({ limit: 1 })).toEqual([]);
    expect(await db.invoice.findMany()).toEqual([]);
  }
  expect(await kept(db)).toEqual([]);
});
