import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestDatabase } from '@vatevo/db/testing';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { ApiProcesses } from './support/api-process.ts';

const isLong = process.env.VATEVO_TEST_LONG !== undefined;
/** Events due, how many of them are counted, and in the long suite how many a second at the least (docs/benchmarks.md). */
const FEW = isLong ? { due: 7_000, counted: 5_000 } : { due: 1_500, counted: 1_500 };
const MANY = { due: 1_000_000, counted: 15_000 };
const MIN_A_SECOND = 1_500;
/** What two measurements of the same differ by on a machine that does something else, too. */
const NOISE = 0.85;

const processes = new ApiProcesses();
const closing: (() => unknown)[] = [];
afterEach(async () => {
  await processes.end();
  for (const close of closing.splice(0).reverse()) await close();
});

interface Backlog {
  readonly due: number;
  readonly counted: number;
}

/** Events a second, each delivered once, over connections that are kept. */
async function measure({ due, counted }: Backlog): Promise<number> {
  const database = await createTestDatabase({ postgres: await testServerUrl() });
  closing.push(() => database.drop());
  const POSTGRES_URL = String(database.env.POSTGRES_URL);

  const received = new Set<string>();
  let connections = 0;
  let repeated = 0;
  let started = 0;
  let ended = 0;
  const receiver = createServer((request, response) => {
    const id = String(request.headers['webhook-id']);
    if (received.has(id)) repeated++;
    received.add(id);
    if (received.size === 1) started = performance.now();
    if (received.size === counted) ended = performance.now();
    request.resume();
    response.end();
  }).listen(0, '127.0.0.1');
  receiver.on('connection', () => connections++);
  await once(receiver, 'listening');
  closing.push(() => {
    receiver.closeAllConnections();
    receiver.close();
  });

  const client = new pg.Client({ connectionString: POSTGRES_URL });
  await client.connect();
  await client.query(`
    INSERT INTO tenants (id, name, api_key_hash, api_key_prefix, webhook_url, webhook_secret)
      SELECT n, 'T', lpad(n::text, 64, '0'), '', 'http://127.0.0.1:${(receiver.address() as AddressInfo).port}/' || n, 'secret'
      FROM generate_series(1, 20) AS n;
    INSERT INTO invoices (id, tenant_id, external_id, country_code, invoice_number, issue_date, subtotal, tax_amount,
        total_amount, supplier_data, customer_data, line_items)
      SELECT n, n, 'E', 'DE', 'I', now(), 1, 0, 1, '{}', '{}', '[]' FROM generate_series(1, 20) AS n;
    INSERT INTO webhook_events (tenant_id, invoice_id, event_type, payload)
      SELECT 1 + n % 20, 1 + n % 20, 'invoice.validated', '{"invoice_id": 1}' FROM generate_series(1, ${due}) AS n;`);
  await client.end();

  await processes.start({ POSTGRES_URL, VATEVO_WEBHOOKS: 'on-with-private-addresses' });
  await expect.poll(() => received.size, { timeout: 120_000, interval: 20 }).toBeGreaterThanOrEqual(counted);
  const aSecond = Math.round(counted / ((ended - started) / 1000));
  process.stdout.write(`${due} events due: ${aSecond} a second, ${connections} connections\n`);
  expect(repeated).toBe(0);
  expect(connections).toBeLessThan(counted / 4);
  return aSecond;
}

it(`delivers ${FEW.counted} of ${FEW.due} events that are due`, async () => {
  expect(await measure(FEW)).toBeGreaterThan(0);
}, 120_000);

it.runIf(isLong)(
  `delivers ${MIN_A_SECOND} a second of ${MANY.due}, and no fewer than of ${FEW.due}`,
  async () => {
    const few = await measure(FEW);
    await processes.end();
    const many = await measure(MANY);
    expect(many).toBeGreaterThanOrEqual(MIN_A_SECOND);
    expect(many).toBeGreaterThanOrEqual(few * NOISE);
  },
  600_000,
);
