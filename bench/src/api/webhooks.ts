import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processorMs } from '../processor-time.ts';
import { root } from '../root.ts';
import { withNewTables } from './prepare.ts';
import { startServer } from './server-process.ts';

const TENANTS = 100;
/** Events that are delivered before it counts, and milliseconds between two looks. */
const WARM_UP = 1_000;
const LOOK_MS = 20;

export interface Delivered {
  readonly eventsASecond: number;
  /** Milliseconds of the processor for a thousand events: of the API's process, and of all processes of the server. */
  readonly apiMs: number;
  readonly serverMs: number;
}

/** What one process delivers to a receiver on this machine, of `due` events that are due. */
export async function measureWebhooks(
  url: string,
  serverPid: number,
  { due, counted }: { readonly due: number; readonly counted: number },
): Promise<Delivered> {
  const received = new Set<string>();
  const receiver = createServer((request, response) => {
    received.add(String(request.headers['webhook-id']));
    request.resume();
    response.end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  try {
    await prepareEvents(url, `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, due);
    const api = await startServer(path.join(root, 'apps/api/dist/main.js'), {
      POSTGRES_URL: url,
      PORT: '0',
      VATEVO_ENV: 'test',
      VATEVO_WEBHOOKS: 'on-with-private-addresses',
    });
    try {
      while (received.size < WARM_UP) await sleep(LOOK_MS);
      const before = received.size;
      const start = performance.now();
      const used = [processorMs(api.pid), processorMs(serverPid)] as const;
      while (received.size < before + counted) await sleep(LOOK_MS);
      const thousands = (received.size - before) / 1000;
      return {
        eventsASecond: thousands / ((performance.now() - start) / 1_000_000),
        apiMs: (processorMs(api.pid) - used[0]) / thousands,
        serverMs: (processorMs(serverPid) - used[1]) / thousands,
      };
    } finally {
      await api.stop();
    }
  } finally {
    receiver.closeAllConnections();
    receiver.close();
  }
}

async function prepareEvents(url: string, webhook: string, due: number): Promise<void> {
  await withNewTables(url, async (client) => {
    await client.query(
      `INSERT INTO tenants (id, name, api_key_hash, api_key_prefix, webhook_url, webhook_secret)
       SELECT n, 'Tenant ' || n, lpad(n::text, 64, '0'), '', $1 || n, 'secret' FROM generate_series(1, $2::int) AS n`,
      [webhook, TENANTS],
    );
    await client.query(
      `INSERT INTO invoices (id, external_id, tenant_id, status, country_code, invoice_number, issue_date, subtotal,
         tax_amount, total_amount, supplier_data, customer_data, line_items)
       SELECT n, 'EXT', n, 'VALIDATED', 'DE', 'INV', now(), 100.00, 19.00, 119.00, '{}', '{}', '[]'
       FROM generate_series(1, $1::int) AS n`,
      [TENANTS],
    );
    await client.query(
      `INSERT INTO webhook_events (tenant_id, invoice_id, event_type, payload)
       SELECT 1 + n % $1, 1 + n % $1, 'invoice.validated', '{"invoice_id": 1, "status": "validated"}'
       FROM generate_series(1, $2::int) AS n`,
      [TENANTS, due],
    );
    await client.query('VACUUM ANALYZE');
  });
}
