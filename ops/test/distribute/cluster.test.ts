import { connect, parsePostgresUrl } from '@vatevo/connection';
import type { DbClient, Delivery } from '@vatevo/db';
import { makeTenant, newInvoice } from '@vatevo/db/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, FOLLOWS_CHANGES, IN_TURN_MS, URL_OF_CLUSTER, useCluster } from './support/cluster.ts';

describe.runIf(URL_OF_CLUSTER !== '')('a cluster of Citus (needs VATEVO_CITUS_URL)', () => {
  let cluster: Cluster;
  let db: DbClient;
  const open = () => cluster.open();
  const ops = (...args: string[]) => cluster.ops(...args);
  const ask = (text: string) => cluster.ask(text);
  const set = (name: string, value: string) =>
    ask(`ALTER DATABASE ${parsePostgresUrl(URL_OF_CLUSTER).database} SET ${name} = '${value}'`);
  const propagate = (how: string) => set('citus.propagate_set_commands', how);

  beforeAll(async () => {
    cluster = await useCluster();
  }, IN_TURN_MS);
  afterAll(async () => {
    await cluster?.close();
  });

  it('is not prepared while its workers would not hear of tenants', async () => {
    await propagate('none');
    for (const command of ['prepare-postgres', 'check-connection']) {
      expect(await ops(command)).toMatchObject({
        code: 4,
        error: { message: expect.stringContaining('citus.propagate_set_commands is "none"') },
      });
    }
    await propagate('local');
    await set('citus.enable_ddl_propagation', 'off');
    expect(await ops('prepare-postgres')).toMatchObject({
      code: 4,
      error: { message: expect.stringContaining('would not hear of migrations') },
    });
    await set('citus.enable_ddl_propagation', 'on');
    expect(await ops('prepare-postgres')).toMatchObject({ code: 0 });
    expect(await ops('prepare-postgres')).toMatchObject({ code: 0, applied: [] });
  });

  it('distributes nothing under sessions that know of no cluster, nor what cannot be', async () => {
    db = open();
    for (let n = 0; n < 12; n++) {
      const { tenant } = await makeTenant(db, { webhookUrl: 'https://example.test/' });
      await db.forTenant(tenant.id).createInvoice(newInvoice(), [
        { eventType: 'invoice.validated', payload: { n } },
        { eventType: 'invoice.submitted', payload: { n } },
      ]);
    }
    await ask(`UPDATE vatevo_distribution.known SET since = clock_timestamp()`);
    expect(await ops('distribute')).toMatchObject({
      code: 4,
      error: { message: expect.stringMatching(/^Sessions were opened before/) },
    });
    await ask(`UPDATE vatevo_distribution.known SET since = '-infinity'`);
    await ask('ALTER ROLE vatevo_app NOLOGIN');
    expect(await ops('distribute')).toMatchObject({
      code: 4,
      error: { remedy: expect.arrayContaining([expect.stringContaining('ALTER ROLE vatevo_app LOGIN')]) },
    });
    expect(await ops('prepare-postgres')).toMatchObject({ code: 0 });
    await set('citus.shard_replication_factor', '2');
    expect(await ops('distribute')).toMatchObject({
      code: 4,
      error: { remedy: [expect.stringContaining('SET citus.shard_replication_factor = 1')] },
    });
    await set('citus.shard_replication_factor', '1');
    const other = await connect(parsePostgresUrl(URL_OF_CLUSTER));
    await other.query('BEGIN; LOCK TABLE invoices IN ROW EXCLUSIVE MODE');
    expect(await ops('distribute', '-t', '1')).toMatchObject({ code: 7 });
    await other.end();
    expect(await ops('distribute', '--status')).toMatchObject({ code: 0, tables: [] });
  });

  it.runIf(!FOLLOWS_CHANGES)('is not followed where that would crash it', async () => {
    expect(await ops('distribute', '--concurrently')).toMatchObject({
      code: 4,
      error: {
        remedy: ['public.invoices', 'public.webhook_events'].map((name) => expect.stringContaining(name)),
      },
    });
  });

  it('is distributed by tenant, and nothing of it changes', async () => {
    expect(await ops('distribute', '--shards', '8')).toMatchObject({ code: 0, rows: 48 });
    const { tables } = (await ops('distribute', '--status')) as unknown as {
      tables: { name: string; by: string | null; together: number }[];
    };
    expect(tables.map(({ name, by }) => [name, by])).toEqual([
      ['public.idempotency_keys', 'tenant_id'],
      ['public.invoices', 'tenant_id'],
      ['public.tenants', null],
      ['public.webhook_events', 'tenant_id'],
    ]);
    const together = tables.filter(({ by }) => by !== null).map((table) => table.together);
    expect(new Set(together).size).toBe(1);
    expect(await ops('distribute')).toMatchObject({ code: 0, rows: 0 });
    expect(await ops('prepare-postgres')).toMatchObject({ code: 0 });
  });

  it('shows each tenant its own, to clients from before, too', async () => {
    const tenants = await db.tenant.findMany({ orderBy: { id: 'asc' } });
    for (const { id } of tenants) {
      const invoices = await db.forTenant(id).invoices({ limit: 10 });
      expect(invoices.map(({ tenantId }) => tenantId)).toEqual([id]);
      expect(await db.forTenant(id).transaction((models) => models.invoice.count())).toBe(1);
    }
    const [one, other] = [tenants[0], tenants[1]] as [{ id: number }, { id: number }];
    const { id } = await db
      .forTenant(one.id)
      .createInvoice(newInvoice(), [{ eventType: 'invoice.validated', payload: {} }]);
    expect(await db.forTenant(one.id).invoice(id)).not.toBeNull();
    expect(await db.forTenant(other.id).invoice(id)).toBeNull();
    const request = { key: 'once', requestHash: '0'.repeat(64) };
    const first = await db
      .forTenant(one.id)
      .answerOnce(request, async (inside) => String((await inside.createInvoice(newInvoice())).id));
    expect(await db.forTenant(one.id).answerOnce(request, async () => 'again')).toEqual({
      ...first,
      repeated: true,
    });
    await db.forTenant(one.id).webhook.change({ webhookUrl: 'https://changed.test/' });
    const everywhere = await ask(
      `SELECT DISTINCT result FROM run_command_on_placements('tenants', 'SELECT webhook_url FROM %s WHERE id = ${one.id}')`,
    );
    expect(everywhere).toEqual([{ result: 'https://changed.test/' }]);
    const before = '2100-01-01T00:00:00.000000Z';
    expect(await db.outbox.forgetAnswers({ before, most: 10 })).toBe(1);
  });

  it('gives no delivery to two of four workers', async () => {
    const claimed: Delivery[] = [];
    const claimUntilNone = async (worker: DbClient) => {
      for (let found = 1; found > 0; ) {
        const some = await worker.outbox.claim({ most: 3, leaseSeconds: 3600, maxAttempts: 5 });
        claimed.push(...some);
        found = some.length;
      }
    };
    await Promise.all([open(), open(), open(), open()].map(claimUntilNone));
    await claimUntilNone(db);
    expect(claimed).toHaveLength(25);
    expect(new Set(claimed.map(({ eventId }) => eventId)).size).toBe(25);
    await db.outbox.settle(
      claimed.map(({ tenantId, eventId }) => ({ tenantId, eventId, delivered: true, next: null })),
    );
    let deleted = 0;
    const before = '2100-01-01T00:00:00.000000Z';
    for (let after: Parameters<DbClient['outbox']['forgetDelivered']>[0]['after']; ; ) {
      const forgotten = await db.outbox.forgetDelivered({ before, most: 10, after });
      deleted += forgotten.deleted;
      after = forgotten.next;
      if (after === undefined) break;
    }
    expect(deleted).toBe(25);
  });

  it('is neither backed up nor moved into as if it were one server', async () => {
    expect(await ops('backup')).toMatchObject({ code: 4 });
    expect(await ops('transfer', '--source', 'ops/fixtures/legacy.db')).toMatchObject({ code: 4 });
  });

  it('is brought together again with all that is in it', async () => {
    const rows = await ask(
      'SELECT (SELECT count(*) FROM invoices)::int AS invoices, (SELECT count(*) FROM tenants)::int AS tenants',
    );
    expect(rows).toEqual([{ invoices: 14, tenants: 12 }]);
    expect(await ops('distribute', '--undo')).toMatchObject({ code: 0, rows: 26 });
    expect(await ops('distribute', '--status')).toMatchObject({ code: 0, tables: [] });
    const tenant = await db.tenant.findFirstOrThrow({ orderBy: { id: 'asc' } });
    expect(await db.forTenant(tenant.id).invoices({ limit: 10 })).toHaveLength(3);
    await ask(`CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`);
    await ask('CREATE TRIGGER stamp BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION f()');
    expect(await ops('distribute')).toMatchObject({ code: 4 });
  });
});
