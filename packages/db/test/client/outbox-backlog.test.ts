import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preparedDatabase } from '../support/sql.ts';

/** Events of one tenant that are due; one more tenant has a single one, behind all of them. */
const BACKLOG = process.env.VATEVO_TEST_LONG ? 1_000_000 : 60_000;
/** What a claim of a hundred may touch, in blocks of 8 kB: a few for each event, however many are due. */
const MAX_BLOCKS = 4000;

describe(`the outbox with ${BACKLOG} events due`, () => {
  let client: pg.Client;
  let drop: () => Promise<void>;

  beforeAll(async () => {
    const database = await preparedDatabase();
    drop = database.drop;
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    // Statistics as they were before the backlog: the planner must not need them.
    await client.query(`
      ALTER TABLE webhook_events SET (autovacuum_enabled = off);
      INSERT INTO tenants (id, name, api_key_hash, api_key_prefix, webhook_url)
        SELECT n, 'T', lpad(n::text, 64, '0'), '', 'https://example.org' FROM generate_series(1, 3) AS n;
      INSERT INTO invoices (id, tenant_id, external_id, country_code, invoice_number, issue_date, subtotal, tax_amount,
          total_amount, supplier_data, customer_data, line_items)
        SELECT n, n, 'E', 'DE', 'I', now(), 1, 0, 1, '{}', '{}', '[]' FROM generate_series(1, 3) AS n;
      INSERT INTO webhook_events (tenant_id, invoice_id, event_type, payload, delivered, next_attempt_at)
        SELECT 2, 2, 'x', '{}', false, now() - interval '1 hour' + n * interval '1 ms' FROM generate_series(1, ${BACKLOG}) AS n;
      INSERT INTO webhook_events (tenant_id, invoice_id, event_type, payload, delivered, next_attempt_at)
        SELECT 1, 1, 'x', '{}', n % 2 = 0, CASE WHEN n % 2 = 1 THEN now() + interval '1 day' END
        FROM generate_series(1, ${BACKLOG / 4}) AS n;
      INSERT INTO webhook_events (tenant_id, invoice_id, event_type, payload, next_attempt_at) VALUES (3, 3, 'x', '{}', now());`);
  }, 300_000);
  afterAll(async () => {
    await client.end();
    await drop();
  });

  /** How many rows a claim hands out, and how many blocks it touches for them. */
  async function claim(perTenant: number, after: number) {
    const { rows } = await client.query(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
       SELECT * FROM vatevo_claim_by_tenant(100, ${perTenant}, ${after}, '{}', '{}', 60, 11)`,
    );
    const [{ Plan: plan }] = rows[0]['QUERY PLAN'];
    return { rows: plan['Actual Rows'], blocks: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'] };
  }

  it.each(['with statistics of before', 'with statistics of now'])(
    'claims by the index, %s',
    async (when) => {
      if (when.endsWith('now')) await client.query('ANALYZE webhook_events');
      // More often than the server makes plans for single values: then it keeps one for all.
      for (let round = 0; round < 8; round++) {
        const found = await claim(100, 0);
        expect(found.rows).toBe(100);
        expect(found.blocks).toBeLessThan(MAX_BLOCKS);
      }
    },
  );

  it('finds the one event of another tenant behind them', async () => {
    const found = await claim(10, 2);
    expect(found.rows).toBe(11);
    expect(found.blocks).toBeLessThan(MAX_BLOCKS);
    const { rows } = await client.query('SELECT delivery_attempts FROM webhook_events WHERE tenant_id = 3');
    expect(rows).toEqual([{ delivery_attempts: 1 }]);
  });

  it('settles by the key', async () => {
    const { rows } = await client.query(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT vatevo_settle_deliveries(array_fill(2, ARRAY[100]),
         (SELECT array_agg(n) FROM generate_series(1, 100) AS n), array_fill(true, ARRAY[100]), array_fill(NULL::timestamptz, ARRAY[100]))`,
    );
    const [{ Plan: plan }] = rows[0]['QUERY PLAN'];
    expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(MAX_BLOCKS);
    const settled = await client.query(
      'SELECT count(*)::int AS n FROM webhook_events WHERE tenant_id = 2 AND delivered',
    );
    expect(settled.rows).toEqual([{ n: 100 }]);
  });
});
