import { setTimeout as sleep } from 'node:timers/promises';
import { connect, parsePostgresUrl } from '@vatevo/connection';
import { type DbClient, whyUnavailable } from '@vatevo/db';
import { makeTenant, newInvoice } from '@vatevo/db/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdAtSwitch } from '../../src/distribute/gate.ts';
import { startScript } from '../support/run-script.ts';
import { type Cluster, FOLLOWS_CHANGES, IN_TURN_MS, URL_OF_CLUSTER, useCluster } from './support/cluster.ts';

interface Written {
  readonly tenantId: number;
  readonly id: number;
  submission: string | null;
}

/** Writes as the API does until it is told to stop, and keeps what was acknowledged. */
class Writer {
  readonly written: Written[] = [];
  /** What failed in a way that a caller may repeat. */
  refused = 0;
  /** What failed in any other way. */
  readonly broken: string[] = [];
  longestMs = 0;
  #stop = false;
  readonly #done: Promise<void>;

  constructor(
    readonly db: DbClient,
    readonly tenants: readonly number[],
  ) {
    this.#done = this.#run();
  }

  stop(): Promise<void> {
    this.#stop = true;
    return this.#done;
  }

  async #run(): Promise<void> {
    for (let n = 0; !this.#stop; n++) {
      const started = performance.now();
      try {
        await this.#write(n);
      } catch (error) {
        if (whyUnavailable(error)) this.refused++;
        else this.broken.push((error as Error).message.slice(-300));
      }
      this.longestMs = Math.max(this.longestMs, performance.now() - started);
      await sleep(5);
    }
  }

  async #write(n: number): Promise<void> {
    const tenantId = this.tenants[n % this.tenants.length] as number;
    const events = [{ eventType: 'invoice.validated', payload: { n } }];
    if (n % 3 < 2) {
      const { id } = await this.db.forTenant(tenantId).createInvoice(newInvoice(), events);
      this.written.push({ tenantId, id, submission: null });
      return;
    }
    const old = this.written[Math.floor(this.written.length / 2)];
    if (old === undefined) return;
    const submissionId = `S-${n}`;
    await this.db.forTenant(old.tenantId).transaction((models) =>
      models.invoice.updateMany({
        where: { tenantId: old.tenantId, id: old.id },
        data: { submissionId },
      }),
    );
    old.submission = submissionId;
  }
}

describe.runIf(FOLLOWS_CHANGES)(
  'distribution beside writers (needs VATEVO_CITUS_URL, PostgreSQL below 17)',
  () => {
    let cluster: Cluster;
    let db: DbClient;
    const tenants: number[] = [];

    beforeAll(async () => {
      cluster = await useCluster();
      expect(await cluster.ops('prepare-postgres')).toMatchObject({ code: 0 });
      // The test's own session is older.
      await cluster.ask(`UPDATE vatevo_distribution.known SET since = '-infinity'`);
      db = cluster.open();
      for (let n = 0; n < 8; n++)
        tenants.push((await makeTenant(db, { webhookUrl: 'https://example.test/' })).tenant.id);
      await cluster.ask(`
      INSERT INTO invoices (external_id, tenant_id, status, country_code, invoice_number, issue_date, subtotal, tax_amount,
         total_amount, supplier_data, customer_data, line_items)
       SELECT 'EXT-' || n, t.id, 'VALIDATED', 'DE', 'INV-' || n, now(), 100.00, 19.00, 119.00, '{}', '{}', '[]'
       FROM tenants AS t, generate_series(1, 250) AS n`);
    }, IN_TURN_MS);
    afterAll(async () => {
      await cluster?.close();
    });

    const names = async () => {
      const { tables } = (await cluster.ops('distribute', '--status')) as unknown as {
        tables: { name: string }[];
      };
      return tables.map(({ name }) => name);
    };

    it('refuses what could not follow the tables, by name', async () => {
      const plugins = await cluster.ask(`SELECT current_setting('output_plugin_libraries', true) AS list`);
      if (plugins[0]?.list === null) return;
      await cluster.ask(`ALTER SYSTEM SET output_plugin_libraries = 'pgoutput'`);
      await cluster.ask('SELECT pg_reload_conf()');
      const { code, error } = await cluster.ops('distribute', '--concurrently');
      const remedy = (error as { remedy: string[] }).remedy.join();
      expect({ code, remedy }).toEqual({ code: 4, remedy: expect.stringContaining('does not list citus') });
      // What it says is what helps.
      for (const sql of remedy.slice(remedy.indexOf('ALTER')).split('; ')) await cluster.ask(sql);
    });

    it('leaves a table as it was when its proof fails, or the command is ended', async () => {
      await cluster.ask('CREATE TABLE probe (tenant_id integer, id integer, PRIMARY KEY (tenant_id, id))');
      await cluster.ask('INSERT INTO probe SELECT n % 7, n FROM generate_series(1, 100) AS n');
      await cluster.ask(`SELECT citus_add_local_table_to_metadata('probe')`);
      const [before] = await cluster.ask(
        `SELECT shardid::text AS shard FROM pg_dist_shard WHERE logicalrelid = 'probe'::regclass`,
      );
      const target = parsePostgresUrl(URL_OF_CLUSTER);
      const client = await connect(target);
      const held = (prove: () => Promise<void>, signal: AbortSignal) =>
        holdAtSwitch(
          target,
          client,
          {
            sql: 'SELECT create_distributed_table_concurrently($1, $2, shard_count => 4)',
            values: ['probe', 'tenant_id'],
            shard: before?.shard as string,
          },
          prove,
          signal,
        );
      try {
        const differs = new Error('it differs');
        await expect(held(() => Promise.reject(differs), new AbortController().signal)).rejects.toBe(differs);
        await expect(held(async () => undefined, AbortSignal.abort(differs))).rejects.toBe(differs);
        await cluster.ask('INSERT INTO probe VALUES (1, 1000)');
        expect(
          await cluster.ask(
            `SELECT shardid::text AS shard FROM pg_dist_shard WHERE logicalrelid = 'probe'::regclass`,
          ),
        ).toEqual([before]);
        const open = await cluster.ask(
          `SELECT pid FROM pg_stat_activity WHERE application_name = 'vatevo-ops gate' AND state = 'active'`,
        );
        expect(open).toEqual([]);
      } finally {
        await client.end();
        await cluster.ask('DROP TABLE probe');
      }
    });

    it('goes on where a run was killed, and loses no write, nor fails one but by what may be repeated', async () => {
      const writers = [1, 2, 3].map(() => new Writer(cluster.open(), tenants));
      const killed = startScript('ops:distribute', ['--concurrently', '--shards', '8'], cluster.env);
      // It says so when that is done, and is at the invoices by then.
      await killed.said('Distribute public.idempotency_keys');
      await sleep(700);
      killed.child.kill('SIGKILL');
      await killed.ended;
      const before = await names();
      expect(before).toContain('public.idempotency_keys');
      expect(before).not.toContain('public.webhook_events');
      // Without the keys the schema is not what the migrations make.
      expect(await cluster.ops('distribute')).toMatchObject({
        code: 4,
        error: { remedy: [expect.stringContaining('distribute --concurrently goes on')] },
      });
      const done = await cluster.ops('distribute', '--concurrently', '--shards', '8');
      await Promise.all(writers.map((writer) => writer.stop()));
      expect(done).toMatchObject({ code: 0 });
      expect(await names()).toHaveLength(4);
      expect(writers.flatMap(({ broken }) => broken)).toEqual([]);
      const written = writers.flatMap((writer) => writer.written);
      expect(written.length).toBeGreaterThan(10);
      const rows = await cluster.ask('SELECT tenant_id, id, submission_id FROM invoices');
      const found = new Map(
        rows.map(({ tenant_id, id, submission_id }) => [`${tenant_id} ${id}`, submission_id]),
      );
      expect(found.size).toBe(rows.length);
      const lost = written.filter(
        ({ tenantId, id, submission }) => found.get(`${tenantId} ${id}`) !== submission,
      );
      expect(lost).toEqual([]);
      expect(rows.length).toBeGreaterThanOrEqual(2000 + written.length);
      expect(await cluster.ops('distribute', '--concurrently')).toMatchObject({ code: 0, rows: 0 });
    });

    it('brings together again what was distributed so', async () => {
      const [counted] = await cluster.ask(
        `SELECT (SELECT count(*) FROM invoices) + (SELECT count(*) FROM webhook_events) + (SELECT count(*) FROM tenants) AS rows`,
      );
      expect(await cluster.ops('distribute', '--undo')).toMatchObject({
        code: 0,
        rows: Number(counted?.rows),
      });
      expect(await names()).toEqual([]);
      expect(await cluster.ops('prepare-postgres')).toMatchObject({ code: 0 });
    });

    it('says that it is another server that is away when a worker ends what is under way', async () => {
      const running = startScript('ops:distribute', ['--concurrently', '--shards', '4'], cluster.env);
      await running.said('Distribute public.idempotency_keys');
      let isOver = false;
      const ended = running.ended.finally(() => {
        isOver = true;
      });
      const end = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'citus%'`;
      for (; !isOver; await sleep(100)) await cluster.ask(`SELECT run_command_on_workers($end$${end}$end$)`);
      const { code, stderr } = await ended;
      expect(stderr).toContain('A server of the cluster cannot be reached from the coordinator: ');
      expect(code).toBe(3);
      expect(await cluster.ops('distribute', '--undo')).toMatchObject({ code: 0 });
    });

    it('goes on where a run was killed that had restored the keys', async () => {
      const killed = startScript('ops:distribute', ['--concurrently', '--shards', '4'], cluster.env);
      await killed.said('Restore foreign keys');
      killed.child.kill('SIGKILL');
      await killed.ended;
      expect(await cluster.ops('distribute', '--status')).toMatchObject({ keysAside: [expect.anything()] });
      expect(await cluster.ops('distribute', '--concurrently')).toMatchObject({ code: 0, rows: 0 });
      expect(await cluster.ops('distribute', '--status')).toMatchObject({ keysAside: null });
      expect(await cluster.ops('distribute', '--undo')).toMatchObject({ code: 0 });
    });
  },
);
