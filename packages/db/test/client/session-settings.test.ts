import { parseConfig } from '@vatevo/connection';
import { hasPgBouncer, PGBOUNCER, startPgBouncer } from '@vatevo/test-kit/debian';
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { createDbClient, type Delivery } from '../../src/index.ts';
import { makeTenant } from '../../src/testing/index.ts';
import { preparedDatabase } from '../support/sql.ts';
import { newInvoice } from './support/rows.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A prepared database that sets otherwise what statements rely on. */
async function moody(): Promise<string> {
  const { url, drop } = await preparedDatabase();
  cleanUps.push(drop);
  const admin = new pg.Client({ connectionString: url, ssl: false });
  await admin.connect();
  const name = pg.escapeIdentifier(new URL(url).pathname.slice(1));
  for (const setting of ['row_security = off', 'array_nulls = off', 'client_min_messages = error'])
    await admin.query(`ALTER DATABASE ${name} SET ${setting}`);
  await admin.end();
  return url;
}

/** Everything that a tenant and the delivery of webhooks ask for. */
async function expectAllToWork(url: string): Promise<void> {
  const db = createDbClient({
    config: parseConfig({ POSTGRES_URL: url, DB_POOL_SIZE: '2', DB_POOL_MIN: '0' }),
  });
  cleanUps.push(() => db.close({ timeoutMs: 0 }));
  const { tenant } = await makeTenant(db, { webhookUrl: 'https://receiver.example/' });
  const own = db.forTenant(tenant.id);
  const events = [{ eventType: 'invoice.validated', payload: {} }];
  const { id } = await own.createInvoice(newInvoice(), events);
  expect(await own.invoice(id)).toMatchObject({ id });
  const repeated = { key: 'k', requestHash: 'h' };
  expect(await own.answerOnce(repeated, async () => 'done')).toMatchObject({ answer: 'done' });
  expect(await own.transaction((models) => models.invoice.count())).toBe(1);
  const [claimed] = await db.outbox.claim({ most: 1, leaseSeconds: 60, maxAttempts: 11 });
  await db.outbox.settle([{ ...(claimed as Delivery), delivered: false, next: null }]);
  expect(await own.webhook.list({ state: 'failed', limit: 10 })).toHaveLength(1);
  // Also where somebody's own SQL has left the session as the database wants it.
  await db.$queryRaw`SELECT set_config('row_security', 'off', false)`;
  expect(await own.invoice(id)).toMatchObject({ id });
}

it('what a database sets otherwise is nothing to statements', async () => {
  await expectAllToWork(await moody());
});

it.runIf(hasPgBouncer)(`nor behind a pooler (needs ${PGBOUNCER})`, async () => {
  const bouncer = await startPgBouncer(await moody(), 'transaction');
  cleanUps.push(() => bouncer.stop());
  await expectAllToWork(bouncer.url);
});
