import { parseConfig } from '@vatevo/connection';
import { createDbClient } from '@vatevo/db';
import type pg from 'pg';
import { runProgram } from '../transfer/run-program.ts';
import { opsCommand, postgresUrl, type Testbed, withClient } from '../transfer/testbed.ts';
import { measurePartitions, type PartitionCost } from './partitions.ts';

/** Bytes of one table, after a load that left no gaps. */
export interface TableSize {
  readonly table: string;
  readonly rows: number;
  /** Of the rows themselves, with their visibility map. */
  readonly heap: number;
  /** Of values that are too large for a row's page, with their index. */
  readonly toast: number;
  readonly indexes: readonly { readonly name: string; readonly bytes: number }[];
}

export interface Measured {
  readonly tables: readonly TableSize[];
  /** Bytes of the write-ahead log that one invoice with its event takes when it comes in by itself. */
  readonly walAnInvoice: number;
  /** Delivered events deleted in a second, one transaction after the other, and a vacuum of the table behind them. */
  readonly forgottenASecond: number;
  readonly vacuumSeconds: number;
  readonly partitioned: PartitionCost;
}

/** As many as are made of a table of a billion rows, so that one has thirty million. */
const PARTITIONS = 32;

const SIZES = `
  SELECT c.relname AS table, pg_relation_size(c.oid) + pg_relation_size(c.oid, 'vm') AS heap,
    CASE WHEN c.reltoastrelid = 0 THEN 0 ELSE pg_total_relation_size(c.reltoastrelid) END AS toast,
    (SELECT json_agg(json_build_object('name', i.indexrelid::regclass::text, 'bytes', pg_relation_size(i.indexrelid))
       ORDER BY i.indexrelid) FROM pg_index AS i WHERE i.indrelid = c.oid) AS indexes
  FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'
  ORDER BY c.relname`;

/** An answer as the API keeps it: that of an invoice without documents. */
const ANSWERS = `
  INSERT INTO idempotency_keys (tenant_id, key, request_hash, answer)
  SELECT tenant_id, gen_random_uuid(), repeat('a', 64), row_to_json(r)::text FROM (
    SELECT tenant_id, id, external_id, status, country_code, invoice_number, issue_date, due_date, subtotal, tax_amount,
      total_amount, currency, created_at FROM invoices) AS r`;

const SINGLE_INVOICES = 500;

/** Moves the source into an empty database, as an operator would, and measures what it has become. */
export async function measureSizes(testbed: Testbed): Promise<Measured> {
  return testbed.withMigrated(async (url) => {
    const args = [opsCommand, 'transfer', '--source', testbed.source, '--report', testbed.folder];
    await runProgram(process.execPath, args, postgresUrl(url));
    return withClient(url, async (client) => {
      await client.query(ANSWERS);
      await client.query('VACUUM ANALYZE');
      const tables = await readSizes(client);
      await client.query(
        'UPDATE webhook_events SET delivered = false, next_attempt_at = now() WHERE id % 20 = 0',
      );
      const partitioned = await measurePartitions(client, PARTITIONS);
      return { tables, partitioned, ...(await measureChanges(url, client)) };
    });
  });
}

async function readSizes(client: pg.Client): Promise<TableSize[]> {
  const { rows } = await client.query<Record<'table' | 'heap' | 'toast', string> & TableSize>(SIZES);
  const sizes: TableSize[] = [];
  for (const { table, heap, toast, indexes } of rows) {
    const counted = await client.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM "${table}"`);
    sizes.push({
      table,
      rows: counted.rows[0]?.rows ?? 0,
      heap: Number(heap),
      toast: Number(toast),
      indexes,
    });
  }
  return sizes;
}

async function measureChanges(
  url: string,
  client: pg.Client,
): Promise<Omit<Measured, 'tables' | 'partitioned'>> {
  const config = parseConfig({ POSTGRES_URL: url, DB_SSL_MODE: 'disable', DB_POOL_SIZE: '2' });
  const db = createDbClient({ config });
  try {
    const { rows: tenants } = await client.query<{ id: number }>(
      'SELECT id FROM tenants ORDER BY id LIMIT 1',
    );
    const tenant = db.forTenant(tenants[0]?.id ?? 0);
    const event = { eventType: 'invoice.validated', payload: { status: 'VALIDATED' } };
    await client.query('CHECKPOINT');
    const before = await logPosition(client);
    for (let n = 0; n < SINGLE_INVOICES; n++) await tenant.createInvoice(invoice(n), [event]);
    const walAnInvoice = (Number(await logPosition(client)) - Number(before)) / SINGLE_INVOICES;

    await client.query(
      `UPDATE webhook_events SET delivered = true, next_attempt_at = NULL, last_attempt_at = created_at`,
    );
    await client.query('VACUUM ANALYZE webhook_events');
    const start = performance.now();
    let deleted = 0;
    let after: Awaited<ReturnType<typeof db.outbox.forgetDelivered>>['next'];
    do {
      const forgotten = await db.outbox.forgetDelivered({
        before: new Date().toISOString(),
        most: 1000,
        after,
      });
      deleted += forgotten.deleted;
      after = forgotten.next;
    } while (after !== undefined);
    const deletedAt = performance.now();
    await client.query('VACUUM webhook_events');
    return {
      walAnInvoice,
      forgottenASecond: deleted / ((deletedAt - start) / 1000),
      vacuumSeconds: (performance.now() - deletedAt) / 1000,
    };
  } finally {
    await db.close();
  }
}

async function logPosition(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ bytes: string }>(
    `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS bytes`,
  );
  return rows[0]?.bytes ?? '0';
}

const party = (name: string) => ({
  name,
  street: 'Hauptstraße 1',
  city: 'Berlin',
  zip: '10115',
  vat_id: 'DE123456789',
});

function invoice(n: number) {
  return {
    externalId: `EXT-${n}`,
    countryCode: 'DE',
    invoiceNumber: `INV-${n}`,
    issueDate: new Date(),
    subtotal: '100.00',
    taxAmount: '19.00',
    totalAmount: '119.00',
    supplierData: party('A supplier'),
    customerData: party('A customer'),
    lineItems: [{ description: 'Consulting', quantity: '1', unit_price: '100.00', vat_rate: '19' }],
  } as const;
}
