import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseConfig } from '@vatevo/connection';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { createDbClient } from '../../src/index.ts';
import { preparedDatabase } from '../support/sql.ts';
import { newInvoice, newTenant } from './support/rows.ts';

const TENANTS = 6;

interface Own {
  readonly tenantId: number;
  readonly id: number;
}

/** A client, and an invoice of each of a few tenants. */
async function prepared(connections: number) {
  const { url, drop } = await preparedDatabase();
  onTestFinished(drop);
  const env = { POSTGRES_URL: url, DB_POOL_SIZE: String(connections), DB_POOL_MIN: '1' };
  const db = createDbClient({ config: parseConfig(env) });
  onTestFinished(() => db.close({ timeoutMs: 0 }));
  const invoices: Own[] = [];
  for (let n = 0; n < TENANTS; n++) {
    const tenantId = await newTenant(db);
    invoices.push({ tenantId, id: (await db.forTenant(tenantId).createInvoice(newInvoice())).id });
  }
  return { url, db, invoices };
}

it('shows each tenant its own rows, when lookups of several travel together on a connection that has seen none', async () => {
  const { db, invoices } = await prepared(1);
  const looked = invoices.flatMap(({ tenantId }) =>
    invoices.map(async ({ tenantId: owner, id }) => {
      const found = await db.forTenant(tenantId).invoice(id);
      return found?.tenantId === (owner === tenantId ? owner : undefined);
    }),
  );
  expect(new Set(await Promise.all(looked))).toEqual(new Set([true]));
});

it('takes a connection for four lookups of the same moment', async () => {
  const { db, invoices } = await prepared(10);
  const lookAtAll = () =>
    [...invoices, ...invoices].map(({ tenantId, id }) => db.forTenant(tenantId).invoice(id));
  const looking = Promise.all(lookAtAll());
  await nextTurn();
  const { inUse, waiting } = db.poolStats();
  expect(inUse + waiting).toBeLessThanOrEqual((2 * TENANTS) / 4);
  expect((await looking).map((found) => found?.id)).toEqual([...invoices, ...invoices].map(({ id }) => id));
});

it('fails all that were on a connection that is lost, and none after them', async () => {
  const { url, db, invoices } = await prepared(1);
  const admin = new pg.Client({ connectionString: url, ssl: false });
  await admin.connect();
  onTestFinished(() => admin.end());
  await admin.query('BEGIN; LOCK TABLE invoices IN ACCESS EXCLUSIVE MODE');
  const looked = Promise.allSettled(
    invoices.slice(0, 4).map(({ tenantId, id }) => db.forTenant(tenantId).invoice(id)),
  );
  const waiting = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'invoices'::regclass";
  await expect.poll(async () => (await admin.query(waiting)).rowCount).toBe(1);
  await admin.query(`SELECT pg_terminate_backend(pid) FROM (${waiting}) AS waiting`);
  await admin.query('COMMIT');
  for (const one of await looked)
    expect(one).toMatchObject({ status: 'rejected', reason: { name: 'ConnectionError', reason: 'lost' } });
  const [first] = invoices;
  expect(await db.forTenant(Number(first?.tenantId)).invoice(Number(first?.id))).toMatchObject({
    id: first?.id,
  });
});

/** What a tenant's own SQL may do to the session of those who come after it. */
const HOSTILE = [
  ...Array.from({ length: 12 }, (_, n) => `PREPARE vatevo_${n + 1} AS SELECT ${n} AS stolen`),
  'DEALLOCATE ALL',
  'SET ROLE NONE',
  "SELECT set_config('vatevo.tenant_id', '$owner', false)",
  'SET search_path = pg_temp',
  'CREATE TEMP TABLE invoices (tenant_id int, id int)',
  'SET statement_timeout = 1',
  'SELECT pg_advisory_lock(1)',
];

it('shows each tenant its own rows behind SQL of another one, whatever that does to the session', async () => {
  const { db, invoices } = await prepared(1);
  const [first, second, hostile] = invoices as [Own, Own, Own];
  for (const sql of HOSTILE) {
    const attack = db
      .forTenant(hostile.tenantId)
      .transaction((models) => models.$executeRawUnsafe(sql.replace('$owner', String(first.tenantId))))
      .catch(() => undefined);
    const looks = [first, second, hostile].flatMap(({ tenantId, id }) => [
      db.forTenant(tenantId).invoice(id),
      db.forTenant(tenantId).invoice(id === first.id ? second.id : first.id),
    ]);
    const [own, , theirs, , , stolen] = await Promise.all(looks);
    await attack;
    expect([own?.tenantId, theirs?.tenantId, stolen]).toEqual([first.tenantId, second.tenantId, null]);
    expect(await db.forTenant(hostile.tenantId).invoice(first.id)).toBeNull();
  }
});
