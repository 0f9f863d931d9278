import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDbClient, parseConfig } from '@vatevo/db';
import { deployMigrations, setUpRoles } from '@vatevo/db/migrations';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog } from '../src/log.ts';
import { ReadinessGate } from '../src/readiness/readiness.ts';
import { startWebhookWorker } from '../src/webhooks/worker.ts';

/** What README.md promises: an event of a tenant whose receiver does well is there within this time. */
const MAX_MS = 2_000;
const TENANTS = 1_000;
/** The first tenants are hostile, ten in each way, with so many events each. */
const HOSTILE = 50;
const EVENTS = 200;

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

async function listen(handler: Parameters<typeof createServer>[1]) {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** When the well-behaved receiver got the event of each tenant. */
const arrived = new Map<number, number>();
let url: string;
let nameServer: string;
let well: string;

beforeAll(async () => {
  const database = await testDatabase();
  closing.push(database.drop);
  url = database.url;
  const config = parseConfig({ POSTGRES_URL: url });
  if (config.database.kind !== 'postgres') throw new Error('PostgreSQL it is.');
  await deployMigrations(config.database);
  await setUpRoles(config.database);

  const silentNames = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silentNames, 'listening');
  closing.push(() => silentNames.close());
  nameServer = `127.0.0.1:${silentNames.address().port}`;

  well = await listen((request, response) => {
    arrived.set(Number(request.url?.slice(1)), performance.now());
    request.resume();
    response.end();
  });
  const never = await listen((request) => request.resume());
  const endless = await listen((request, response) => {
    request.resume();
    const drip = setInterval(() => response.write('x'), 50);
    response.once('close', () => clearInterval(drip));
  });
  const failing = await listen((request, response) => {
    request.resume();
    response.writeHead(500).end();
  });
  const hostile = [
    'NULL',
    `'${never}/' || n`,
    `'http://silent-' || n || '.example/'`,
    `'${endless}/' || n`,
    `CASE WHEN n % 2 = 0 THEN '${failing}/' ELSE 'http://127.0.0.1:1/' END`,
  ];
  const db = createDbClient({ config });
  closing.push(() => db.close());
  const urls = hostile
    .map((of, index) => `WHEN n <= ${((index + 1) * HOSTILE) / hostile.length} THEN ${of}`)
    .join(' ');
  await db.$executeRawUnsafe(`INSERT INTO tenants (id, name, api_key_hash, api_key_prefix, webhook_url)
    SELECT n, 'T', lpad(n::text, 64, '0'), '', CASE ${urls} ELSE '${well}/' || n END FROM generate_series(1, ${TENANTS}) AS n`);
  await db.$executeRawUnsafe(`INSERT INTO invoices (id, tenant_id, external_id, country_code, invoice_number, issue_date, subtotal,
      tax_amount, total_amount, supplier_data, customer_data, line_items)
    SELECT n, n, 'E', 'DE', 'I', now(), 1, 0, 1, '{}', '{}', '[]' FROM generate_series(1, ${TENANTS}) AS n`);
}, 120_000);

it(`an event arrives within ${MAX_MS} ms, whatever ${HOSTILE} of ${TENANTS} tenants do`, async () => {
  const config = parseConfig({ POSTGRES_URL: url, DB_POOL_SIZE: '2' });
  const db = createDbClient({ config });
  closing.push(() => db.close());
  const stop = startWebhookWorker({
    db,
    gate: new ReadinessGate(async () => ({ ready: true })),
    log: createLog({ write: () => undefined }),
    privateAddresses: true,
    nameServers: [nameServer],
  });
  closing.push(() => stop(0));
  /** Makes an event of each of these tenants, at once; how long the last of them took to arrive. */
  const round = async (tenants: readonly number[]): Promise<number> => {
    arrived.clear();
    const start = performance.now();
    await db.$executeRaw`INSERT INTO webhook_events (tenant_id, invoice_id, event_type, payload)
      SELECT n, n, 'invoice.validated', '{}' FROM unnest(${tenants}::int[]) AS n`;
    while (arrived.size < tenants.length && performance.now() - start < 3 * MAX_MS) await sleep(5);
    return arrived.size < tenants.length ? Number.POSITIVE_INFINITY : Math.max(...arrived.values()) - start;
  };
  const wellBehaved = (count: number, from: number) =>
    Array.from({ length: count }, (_, index) => HOSTILE + 1 + ((index * 9 + from) % (TENANTS - HOSTILE)));
  await round(wellBehaved(50, 0));
  await db.$executeRaw`INSERT INTO webhook_events (tenant_id, invoice_id, event_type, payload, next_attempt_at)
    SELECT n, n, 'invoice.validated', '{}', now() - interval '1 hour'
    FROM generate_series(1, ${HOSTILE}::int) AS n, generate_series(1, ${EVENTS}::int)`;

  // While the hostile ones are new, and while they are retried: one tenant alone, many at once. A machine that is busy
  // with something else makes a round late now and then; what waits for others is late in all of them.
  const alone: number[] = [];
  const together: number[] = [];
  for (let time = 1; time <= 5; time++) {
    alone.push(await round([HOSTILE + time * 97]));
    together.push(await round(wellBehaved(50, time)));
    await sleep(500);
  }
  const inTime = (took: readonly number[]) => took.filter((ms) => ms <= MAX_MS);
  expect(inTime(alone).length, `${alone.map(Math.round)}`).toBeGreaterThanOrEqual(3);
  expect(inTime(together).length, `${together.map(Math.round)}`).toBeGreaterThanOrEqual(3);
  const unwanted = { tenantId: { lte: HOSTILE / 5 }, nextAttemptAt: { not: null } };
  await expect.poll(() => db.webhookEvent.count({ where: unwanted }), { timeout: 10_000 }).toBe(0);
}, 120_000);
