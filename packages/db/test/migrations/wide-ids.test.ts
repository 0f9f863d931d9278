import type { PostgresTarget } from '@vatevo/connection';
import { expect, it } from 'vitest';
import { prismaFiles, readMigrationFiles } from '../../src/migrations/folder.ts';
import { deployMigrations } from '../../src/migrations/index.ts';
import { emptyPostgres, query, session, until } from '../support/sql.ts';

const MIGRATIONS = (await readMigrationFiles(prismaFiles('postgres').migrations)).map(({ name }) => name);
/** Those that widen ids, in their order, and the last one before them. */
const WIDENING = MIGRATIONS.filter((name) => /_wide_/.test(name));
const BEFORE = MIGRATIONS[MIGRATIONS.indexOf(WIDENING[0] as string) - 1] as string;
const FILL = '20261129001002_wide_ids_fill';

const INVOICES = 2_300;

const invoices = (from: string) => `
  INSERT INTO invoices (tenant_id, external_id, country_code, invoice_number, issue_date, subtotal, tax_amount, total_amount,
    supplier_data, customer_data, line_items)
  SELECT 1 + n % 2, n, 'DE', n, now(), 1, 0, 1, '{}', '{}', '[]' FROM ${from} AS n`;

const EVENT = `
  INSERT INTO webhook_events (tenant_id, invoice_id, event_type, payload)
  SELECT tenant_id, id, 'invoice.validated', '{}' FROM`;

async function filled(): Promise<PostgresTarget> {
  const { target } = await emptyPostgres();
  await deployMigrations(target, { upTo: BEFORE });
  await query(
    target,
    `INSERT INTO tenants (name, api_key_hash, api_key_prefix, webhook_url)
     SELECT 'a', lpad(n::text, 64, '0'), '', 'https://a.test' FROM generate_series(1, 2) AS n`,
  );
  await query(target, invoices(`generate_series(1, ${INVOICES})`));
  await query(target, `${EVENT} invoices`);
  return target;
}

/** Every value of every row by the ids, whatever type these have. */
const contentOf = (target: PostgresTarget) =>
  query(
    target,
    `SELECT count(*)::int AS rows, md5(string_agg((to_jsonb(e) || jsonb_build_object('of', to_jsonb(i)))::text, '' ORDER BY e.id)) AS digest
     FROM (SELECT * FROM webhook_events ORDER BY id LIMIT ${INVOICES}) AS e
     JOIN invoices AS i ON i.tenant_id = e.tenant_id AND i.id = e.invoice_id`,
  );

it('widens the ids of a database in use: what release 0.1 does goes on between any two steps, and no value changes', async () => {
  const target = await filled();
  const before = await contentOf(target);
  const old = await session(target);
  // What release 0.1 sends; it reads ids as text of either type.
  const serve = async () => {
    const { rows } = await old.query(`${invoices('generate_series(1, 1)')} RETURNING tenant_id, id::text`);
    const [{ id, tenant_id: tenant }] = rows;
    await old.query(`${EVENT} invoices WHERE tenant_id = $1 AND id = $2`, [tenant, id]);
    const claimed = await old.query(
      `SELECT tenant_id, id, event_type FROM vatevo_claim_by_tenant($1, $2, $3, $4, $5, $6, $7)`,
      [2, 1, 0, [], [], 60, 9],
    );
    expect(claimed.rows).toHaveLength(2);
    await old.query('SELECT vatevo_settle_deliveries($1, $2, $3, $4)', [
      claimed.rows.map((row) => row.tenant_id),
      claimed.rows.map((row) => row.id),
      claimed.rows.map(() => false),
      claimed.rows.map(() => '2020-01-01T00:00:00Z'),
    ]);
    await old.query(
      `UPDATE webhook_events SET delivered = false, delivery_attempts = 0, last_attempt_at = NULL,
         next_attempt_at = created_at WHERE (tenant_id, id) IN (SELECT * FROM unnest($1::int[], $2::int[]))`,
      [claimed.rows.map((row) => row.tenant_id), claimed.rows.map((row) => row.id)],
    );
  };
  // Indexes change nothing for anybody: the last one of them stands for all.
  const steps = WIDENING.filter((name) => /_(beside|fill|failed|to_prove|prove|ids)$/.test(name));
  expect(steps.at(-1)).toBe(WIDENING.at(-1));
  for (const name of steps) {
    expect((await deployMigrations(target, { upTo: name })).applied.at(-1)).toBe(name);
    await serve();
  }
  expect(await contentOf(target)).toEqual(before);
  const types = `SELECT table_name || '.' || column_name AS name, data_type AS type FROM information_schema.columns
    WHERE column_name IN ('id', 'invoice_id') AND table_name IN ('invoices', 'webhook_events') ORDER BY 1`;
  expect(await query(target, types)).toEqual(
    ['invoices.id', 'webhook_events.id', 'webhook_events.invoice_id'].map((name) => ({
      name,
      type: 'bigint',
    })),
  );
  await query(target, `SELECT setval('invoices_id_seq', 2147483647)`);
  await serve();
  expect(await query(target, 'SELECT max(id)::text AS id FROM invoices')).toEqual([{ id: '2147483648' }]);
});

it('fills rows that somebody holds when they are free, and waits for nobody', async () => {
  const target = await filled();
  await deployMigrations(target, { upTo: MIGRATIONS[MIGRATIONS.indexOf(FILL) - 1] as string });
  const holder = await session(target);
  await holder.query('BEGIN; UPDATE invoices SET currency = currency WHERE id % 500 = 0;');
  const filling = deployMigrations(target, { upTo: FILL, lockTimeoutMs: 100 });
  const looker = await session(target);
  const left = async () =>
    (await looker.query('SELECT id FROM invoices WHERE id_wide IS NULL ORDER BY id')).rows;
  // Whoever is held is all that is left, and the filling goes on asking.
  await until(async () => (await left()).length === Math.floor(INVOICES / 500));
  await until(async () => {
    const { rows } = await looker.query(
      `SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%vatevo_fill%'`,
    );
    return rows.length > 0;
  });
  await holder.query('COMMIT');
  expect(await filling).toEqual({ applied: [FILL] });
  expect(await left()).toEqual([]);
  expect(
    (await looker.query('SELECT FROM webhook_events WHERE invoice_id_wide IS DISTINCT FROM invoice_id')).rows,
  ).toEqual([]);
});
