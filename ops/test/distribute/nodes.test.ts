import { join } from 'node:path';
import { connect, parsePostgresUrl } from '@vatevo/connection';
import type { DbClient, Delivery } from '@vatevo/db';
import { makeTenant, newInvoice } from '@vatevo/db/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Running, root, start, startScript } from '../support/run-script.ts';
import { type Cluster, IN_TURN_MS, URL_OF_CLUSTER, useCluster } from './support/cluster.ts';

const RANGE = 2 ** 48;

/** The same database by other servers. */
function urlOf(...hosts: readonly string[]): string {
  const { user, password, database } = parsePostgresUrl(URL_OF_CLUSTER);
  const login = password === undefined ? user : `${user}:${encodeURIComponent(password)}`;
  const more = hosts.length > 1 ? '&load_balance_hosts=random' : '';
  return `postgresql://${login}@${hosts.join(',')}/${database}?sslmode=disable${more}`;
}

describe.runIf(URL_OF_CLUSTER !== '')(
  'every server of a cluster takes requests (needs VATEVO_CITUS_URL)',
  () => {
    let cluster: Cluster;
    let api: Running | undefined;
    /** The coordinator first. */
    let hosts: string[] = [];
    let clients: DbClient[] = [];
    let tenants: { id: number; key: string }[] = [];
    const any = () => urlOf(...hosts);

    beforeAll(async () => {
      cluster = await useCluster();
      expect(await cluster.ops('prepare-postgres')).toMatchObject({ code: 0 });
      await cluster.ask(`UPDATE vatevo_distribution.known SET since = '-infinity'`);
      const nodes = await cluster.ask(
        `SELECT nodename || ':' || nodeport AS host FROM pg_dist_node WHERE noderole = 'primary' ORDER BY groupid`,
      );
      hosts = nodes.map(({ host }) => host as string);
      expect(hosts.length).toBeGreaterThan(2);
      expect(await cluster.ops('distribute', '--shards', '8')).toMatchObject({ code: 0 });
      clients = hosts.map((host) => cluster.open(urlOf(host)));
      tenants = [];
      for (const db of clients) {
        const { tenant, apiKey } = await makeTenant(db, { webhookUrl: 'https://example.test/' });
        tenants.push({ id: tenant.id, key: apiKey });
      }
    }, IN_TURN_MS);
    afterAll(async () => {
      api?.child.kill();
      await api?.ended;
      await cluster?.close();
    });

    it('finds the coordinator among the hosts for what changes tables', async () => {
      const elsewhere = urlOf(...hosts.toReversed());
      expect(await cluster.opsAt(elsewhere, 'prepare-postgres')).toMatchObject({ code: 0, applied: [] });
      expect(await cluster.opsAt(elsewhere, 'check-connection')).toMatchObject({ code: 0 });
      expect(await cluster.opsAt(elsewhere, 'distribute', '--status')).toMatchObject({ code: 0 });
      expect(await cluster.opsAt(urlOf(hosts[1] as string), 'prepare-postgres')).toMatchObject({
        code: 4,
        error: { message: expect.stringContaining('worker of a cluster') },
      });
    });

    it('gives tenants ids of one range, and keeps each to its own on every server', async () => {
      expect(tenants.every(({ id }) => id < 1000)).toBe(true);
      expect(new Set(tenants.map(({ id }) => id)).size).toBe(tenants.length);
      const [one, other] = tenants.map(({ id }) => id) as [number, number];
      for (const [group, db] of clients.entries()) {
        const { id } = await db
          .forTenant(one)
          .createInvoice(newInvoice(), [{ eventType: 'invoice.validated', payload: { group } }]);
        expect(Math.floor(id / RANGE)).toBe(group);
        for (const reader of clients) {
          expect(await reader.forTenant(one).invoice(id)).not.toBeNull();
          expect(await reader.forTenant(other).invoice(id)).toBeNull();
          expect(await reader.forTenant(other).invoices({ limit: 10 })).toEqual([]);
          expect(await reader.forTenant(other).transaction((models) => models.invoice.count())).toBe(0);
        }
        await expect(
          db
            .forTenant(other)
            .transaction((models) =>
              models.invoice.updateMany({ where: { tenantId: one, id }, data: { submissionId: 'stolen' } }),
            ),
        ).resolves.toEqual({ count: 0 });
        const request = { key: `once ${group}`, requestHash: '0'.repeat(64) };
        const first = await db
          .forTenant(one)
          .answerOnce(request, async (inside) => String((await inside.createInvoice(newInvoice())).id));
        const again = await clients[(group + 1) % clients.length]
          ?.forTenant(one)
          .answerOnce(request, async () => 'again');
        expect(again).toEqual({ ...first, repeated: true });
      }
    });

    it('shows no rows to a session that names no tenant, on any server', async () => {
      for (const host of hosts) {
        const client = await connect(parsePostgresUrl(urlOf(host)));
        try {
          await client.query('BEGIN');
          await client.query(`SELECT set_config('role', 'vatevo_app', true)`);
          const { rows } = await client.query('SELECT count(*)::int AS n FROM public.invoices');
          expect(rows).toEqual([{ n: 0 }]);
          await client.query('ROLLBACK');
        } finally {
          await client.end();
        }
      }
    });

    it('changes a webhook secret on all of them, whichever is asked', async () => {
      for (const [group, db] of clients.entries()) {
        const id = tenants[0]?.id as number;
        await db
          .forTenant(id)
          .transaction((models) =>
            models.tenant.updateMany({ where: { id }, data: { webhookSecret: `s${group}` } }),
          );
        const everywhere = await cluster.ask(
          `SELECT DISTINCT result FROM run_command_on_placements('tenants', 'SELECT webhook_secret FROM %s WHERE id = ${id}')`,
        );
        expect(everywhere).toEqual([{ result: `s${group}` }]);
      }
    });

    it('gives no delivery to two of four workers at any of them, and forgets what was delivered', async () => {
      for (const db of clients) {
        for (const { id } of tenants) {
          const events = Array.from({ length: 4 }, (_, n) => ({
            eventType: 'invoice.submitted',
            payload: { n },
          }));
          await db.forTenant(id).createInvoice(newInvoice(), events);
        }
      }
      const [counted] = await cluster.ask(
        'SELECT count(*)::int AS n FROM webhook_events WHERE NOT delivered',
      );
      const claimed: Delivery[] = [];
      const claimUntilNone = async (worker: DbClient) => {
        for (let found = 1; found > 0; ) {
          const some = await worker.outbox.claim({ most: 5, leaseSeconds: 3600, maxAttempts: 5 });
          claimed.push(...some);
          found = some.length;
        }
      };
      await Promise.all([1, 2, 3, 4].map(() => claimUntilNone(cluster.open(any(), 2))));
      for (const db of clients) await claimUntilNone(db);
      expect(claimed).toHaveLength(counted?.n as number);
      expect(new Set(claimed.map(({ tenantId, eventId }) => `${tenantId} ${eventId}`)).size).toBe(
        claimed.length,
      );
      const outcomes = claimed.map(({ tenantId, eventId }) => ({
        tenantId,
        eventId,
        delivered: true,
        next: null,
      }));
      await clients[1]?.outbox.settle(outcomes);
      // Young ones of the coordinator's range are no end for those of the workers' ranges.
      await cluster.ask(`UPDATE webhook_events SET created_at = '2101-01-01' WHERE id < ${RANGE}`);
      const before = '2100-01-01T00:00:00.000000Z';
      const worker = clients[2] as DbClient;
      let deleted = 0;
      for (let after: Parameters<DbClient['outbox']['forgetDelivered']>[0]['after']; ; ) {
        const forgotten = await worker.outbox.forgetDelivered({ before, most: 7, after });
        deleted += forgotten.deleted;
        after = forgotten.next;
        if (after === undefined) break;
      }
      expect(deleted).toBe(claimed.filter(({ eventId }) => eventId >= RANGE).length);
      expect(await worker.outbox.forgetAnswers({ before, most: 2 })).toBeGreaterThan(0);
    });

    it('serves the API, whose connections go to all of them', async () => {
      api = start('node', [join(root, 'apps/api/dist/main.js')], {
        env: {
          PORT: '0',
          VATEVO_ENV: 'test',
          VATEVO_WEBHOOKS: 'off',
          POSTGRES_URL: any(),
          DB_POOL_SIZE: '12',
        },
      });
      let log = '';
      api.child.stdout?.on('data', (text) => {
        log += text;
      });
      await api.said('"listening"');
      const { address } = JSON.parse(log.split('\n').find((line) => line.includes('"listening"')) ?? '');
      const ask = async (method: string, path: string, body?: unknown) => {
        const response = await fetch(`${address}${path}`, {
          method,
          headers: { authorization: `Bearer ${tenants[0]?.key}`, 'content-type': 'application/json' },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        return { status: response.status, body: (await response.json()) as Record<string, unknown> };
      };
      const posted: Awaited<ReturnType<typeof ask>>[] = [];
      for (let round = 0; round < 4; round++) {
        posted.push(
          ...(await Promise.all(Array.from({ length: 8 }, () => ask('POST', '/invoices', INVOICE)))),
        );
      }
      expect(posted.map(({ status }) => status).filter((status) => status !== 200)).toEqual([]);
      const ids = posted.map(({ body }) => body.id as number);
      expect(new Set(ids).size).toBe(ids.length);
      // Which server a connection goes to is random.
      expect(new Set(ids.map((id) => Math.floor(id / RANGE))).size).toBeGreaterThan(1);
      for (const id of ids)
        expect(await ask('GET', `/invoices/${id}`)).toMatchObject({ status: 200, body: { id } });
      expect(await ask('GET', '/health/db')).toMatchObject({ status: 200 });
    });

    it('assigns no id twice when it is brought together and distributed again, by a run that is killed', async () => {
      api?.child.kill();
      await api?.ended;
      const id = tenants[0]?.id as number;
      const highest = async () =>
        await cluster.ask(
          'SELECT id >> 48 AS range, max(id)::text AS id FROM invoices GROUP BY 1 ORDER BY 1',
        );
      // As after a failover of each of them.
      for (const host of hosts) {
        expect(await cluster.opsAt(urlOf(host), 'after-failover', '--again')).toMatchObject({ code: 0 });
      }
      const before = await highest();
      expect(await cluster.ops('distribute', '--undo')).toMatchObject({ code: 0 });
      const killed = startScript('ops:distribute', ['--shards', '8'], cluster.env);
      await killed.said('Distribute the tables');
      killed.child.kill('SIGKILL');
      await killed.ended;
      const status = await cluster.ops('distribute', '--status');
      expect(status).toMatchObject({ code: 0, keysAside: [expect.anything()] });
      expect(status.tables).toHaveLength(4);
      expect(await cluster.ops('distribute')).toMatchObject({ code: 0, rows: 0 });
      expect(await cluster.ops('distribute', '--status')).toMatchObject({ keysAside: null });
      for (const [group, db] of clients.entries()) {
        const made = await db.forTenant(id).createInvoice(newInvoice(), []);
        expect(made.id).toBeGreaterThan(Number(before[group]?.id));
        expect(Math.floor(made.id / RANGE)).toBe(group);
      }
    });
  },
);

const PARTY = {
  name: 'Kunde AG',
  vat_id: 'DE123456789',
  address: 'Allee 1',
  city: 'Berlin',
  postal_code: '10623',
  country: 'DE',
};
const INVOICE = {
  external_id: 'EXT-1',
  country_code: 'DE',
  invoice_number: 'INV-1',
  issue_date: '2025-01-15T00:00:00Z',
  supplier: PARTY,
  customer: PARTY,
  line_items: [
    {
      description: 'Position',
      quantity: 1,
      unit_price: '100.00',
      tax_rate: 19,
      tax_amount: '19.00',
      line_total: '100.00',
    },
  ],
};
