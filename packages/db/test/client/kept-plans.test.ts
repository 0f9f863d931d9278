import { parseConfig } from '@vatevo/connection';
import { hasPgBouncer, PGBOUNCER, startPgBouncer } from '@vatevo/test-kit/debian';
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { createDbClient, type DbClient } from '../../src/index.ts';
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
const kept = (db: DbClient) => db.$queryRaw<{ name: string; calls: number }[]>`
  SELECT name, (generic_plans + custom_plans)::int AS calls FROM pg_prepared_statements WHERE name LIKE 'vatevo%'`;

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

it('goes on when a migration changes a column under the plans of every connection', async () => {
  const url = await prepared();
  const db = open(url, 3);
  const tenant = db.forTenant(await newTenant(db));
  const { id } = await tenant.createInvoice(newInvoice());
  const read = () => Promise.all(Array.from({ length: 12 }, () => tenant.invoice(id)));
  const before = await read();
  const admin = new pg.Client({ connectionString: url, ssl: false });
  await admin.connect();
  await admin.query('ALTER TABLE invoices ALTER currency TYPE varchar(3)');
  await admin.end();
  expect(await read()).toEqual(before);
  await expect(
    tenant.answerOnce({ key: 'k', requestHash: 'h' }, async (inside) => {
      return (await inside.createInvoice(newInvoice())).currency;
    }),
  ).resolves.toEqual({ answer: 'EUR', repeated: false });
});

it.runIf(hasPgBouncer)(`keeps none behind a pooler, which would lose them (needs ${PGBOUNCER})`, async () => {
  const bouncer = await startPgBouncer(await prepared(), 'transaction');
  cleanUps.push(() => bouncer.stop());
  const db = open(bouncer.url, 1);
  const tenant = db.forTenant(await newTenant(db));
  for (let i = 0; i < 3; i++) expect(await tenant.invoices({ limit: 1 })).toEqual([]);
  expect(await kept(db)).toEqual([]);
});
