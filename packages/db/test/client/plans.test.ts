import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseConfig } from '@vatevo/connection';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDbClient, type DbClient, hashApiKey } from '../../src/index.ts';
import { deployMigrations, setUpRoles } from '../../src/migrations/index.ts';
import { newInvoice } from './support/rows.ts';

/** Rows of the short suite: enough for the planner to prefer an index. */
const LONG = process.env.VATEVO_TEST_LONG === '1';
const INVOICES = LONG ? 1_000_000 : 100_000;
const EVENTS = LONG ? 300_000 : 30_000;
const TENANTS = 1000;
/** Each for another tenant. */
const ROUNDS = 8;

/** Foreign keys are not checked row by row: what they would find is true by construction. */
const FILL = `
  SET session_replication_role = replica;
  INSERT INTO tenants (name, api_key_hash, api_key_prefix, webhook_url)
    SELECT 'T' || i, encode(sha256(('key-' || i)::bytea), 'hex'), 'key', 'https://example.com/' FROM generate_series(1, ${TENANTS}) AS i;
  INSERT INTO invoices (external_id, tenant_id, status, country_code, invoice_number, issue_date, subtotal, tax_amount,
      total_amount, supplier_data, customer_data, line_items)
    SELECT 'E', 1 + i % ${TENANTS}, (enum_range(NULL::"InvoiceStatus"))[1 + i % 6], 'DE', 'I', now(), 1, 0, 1, '{}', '{}', '[]'
    FROM generate_series(0, ${INVOICES - 1}) AS i;
  INSERT INTO webhook_events (tenant_id, invoice_id, event_type, payload, delivered)
    SELECT 1 + i % ${TENANTS}, i + 1, 'invoice.validated', '{}', i % 300 <> 0 FROM generate_series(0, ${EVENTS - 1}) AS i;
  INSERT INTO idempotency_keys (tenant_id, key, request_hash, answer)
    SELECT 1 + i % ${TENANTS}, 'k' || i, 'h', 'a' FROM generate_series(0, ${EVENTS - 1}) AS i;
  RESET session_replication_role;
  ANALYZE;`;

describe(`the plans of hot paths at ${INVOICES} invoices`, () => {
  let server: LocalPostgres;
  let db: DbClient;
  let admin: pg.Client;
  let logFile: string;

  beforeAll(async () => {
    server = await startLocalPostgres({
      settings: {
        shared_preload_libraries: 'auto_explain',
        'auto_explain.log_nested_statements': 'on',
        'auto_explain.log_min_duration': '-1',
        // Autovacuum would only disturb: the statistics are there.
        autovacuum: 'off',
      },
    });
    logFile = path.join(server.dataDir, 'server.log');
    const url = await server.createDatabase('plans');
    const { database } = parseConfig({ POSTGRES_URL: url });
    if (database.kind !== 'postgres') throw new Error('PostgreSQL was asked for');
    await deployMigrations(database);
    await setUpRoles(database);
    admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(FILL);
    await admin.query('ALTER DATABASE plans SET auto_explain.log_min_duration = 0');
    db = createDbClient({ config: parseConfig({ POSTGRES_URL: url, DB_POOL_SIZE: '1', DB_POOL_MIN: '1' }) });
    // Whoever opens the connection asks the catalog as well whether the database is in a move.
    await db.registry.findByKeyHash('none');
  }, 180_000);
  afterAll(async () => {
    await db?.close();
    await admin?.end();
    await server?.dispose();
  });

  /** The plans of all statements that the server runs for `work`, by its own account, as text. */
  async function plansOf(work: (round: number) => Promise<unknown>, rounds = ROUNDS): Promise<string> {
    const start = statSync(logFile).size;
    for (let round = 0; round < rounds; round++) await work(round);
    return readFileSync(logFile).subarray(start).toString();
  }

  const tenant = (round: number) => db.forTenant(1 + ((round * 37) % TENANTS));
  // The first page of everything, a filter, the page after an id, and both: a statement each.
  const pages = [
    {},
    { status: 'REJECTED' },
    { after: INVOICES / 2 },
    { status: 'DRAFT', after: INVOICES / 2 },
  ] as const;

  it.each<[string, RegExp, (round: number) => Promise<unknown>]>([
    [
      'a tenant by key',
      /tenants_api_key_hash_key/,
      (n) => db.registry.findByKeyHash(hashApiKey(`key-${n + 1}`)),
    ],
    ['an invoice', /invoices_pkey/, (n) => tenant(n).invoice(1 + ((n * 37) % TENANTS))],
    ...pages.map((page): [string, RegExp, (round: number) => Promise<unknown>] => [
      `invoices ${JSON.stringify(page)}`,
      /invoices_(pkey|tenant_id_status_id_idx)/,
      (n) => tenant(n).invoices({ ...page, limit: 15 }),
    ]),
    [
      'a new invoice with its event',
      /Insert on (public\.)?webhook_events/,
      (n) => tenant(n).createInvoice(newInvoice(), [{ eventType: 'invoice.validated', payload: {} }]),
    ],
    [
      'a repeated request',
      /idempotency_keys_pkey/,
      (n) => tenant(n).answerOnce({ key: `k${n * 37}`, requestHash: 'h' }, async () => 'never'),
    ],
    [
      'deliveries that are due, and settling them',
      /webhook_events_tenant_due_idx/,
      async () => {
        const options = { most: 20, leaseSeconds: 60, maxAttempts: 12 };
        const claimed = await db.outbox.claim(options);
        await db.outbox.settle(claimed.map((delivery) => ({ ...delivery, delivered: true, next: null })));
      },
    ],
    [
      'forgetting old answers',
      /idempotency_keys_created_at_idx/,
      () => db.outbox.forgetAnswers({ before: '2020-01-01T00:00:00.000000Z', most: 1000 }),
    ],
    [
      'forgetting delivered events',
      /webhook_events_pkey/,
      () => db.outbox.forgetDelivered({ before: '2020-01-01T00:00:00.000000Z', most: 1000 }),
    ],
  ])('%s: no table is read as a whole', async (_, index, work) => {
    const plans = await plansOf(work);
    expect(plans).toMatch(index);
    expect(plans).not.toContain('Seq Scan');
  });

  it('plans what requests ask for a few times, and then once for all of them', async () => {
    // What the connection keeps of the others' statements goes.
    await db.$executeRaw`SELECT`;
    for (let n = 0; n < ROUNDS; n++) {
      await db.registry.findByKeyHash(hashApiKey(`key-${n + 1}`));
      await tenant(n).invoice(1 + ((n * 37) % TENANTS));
      await tenant(n).page({ limit: 15, maxBytes: 1e6 });
      await tenant(n).page({ limit: 100, maxBytes: 1e6 });
      await tenant(n).createInvoice(newInvoice(), [{ eventType: 'invoice.validated', payload: {} }]);
    }
    const kept = await db.$queryRaw<{ statement: string }[]>`
      SELECT statement FROM pg_prepared_statements
      WHERE name LIKE 'vatevo%' AND custom_plans + generic_plans >= ${ROUNDS} AND generic_plans = 0`;
    expect(kept).toEqual([]);
  });

  it.each([
    ['statistics of the time before', 'SELECT'],
    [
      'no statistics',
      `SELECT pg_clear_relation_stats('public', 'webhook_events'), count(pg_clear_attribute_stats('public', 'webhook_events',
         attname::text, false)) FROM pg_attribute WHERE attrelid = 'webhook_events'::regclass AND attnum > 0
           AND NOT attisdropped`,
    ],
  ])('sending thousands of events again: each is found by its key, with %s', async (_, forget) => {
    const [most, tenantId] = [5000, 2];
    await admin.query(`SET session_replication_role = replica;
      INSERT INTO webhook_events (tenant_id, invoice_id, event_type, payload, next_attempt_at)
        SELECT ${tenantId}, 1, 'invoice.validated', '{}', NULL FROM generate_series(1, ${most});
      RESET session_replication_role; ${forget}`);
    const plans = await plansOf(async () => {
      expect(await db.forTenant(tenantId).webhook.sendFailedAgain(most)).toBe(most);
    }, 1);
    // Once to list them; then the rows to change, not all that have failed for each of them.
    expect(plans.match(/webhook_events_failed_idx/g)).toHaveLength(1);
    expect(plans).toMatch(/Index Scan (using|on) webhook_events_pkey/);
    expect(plans).not.toContain('Seq Scan');
  });
});
