import { createDbClient, parseConfig } from '@vatevo/db';
import pg from 'pg';

/** Microseconds that one query takes, one after the other. */
export interface Overhead {
  readonly name: string;
  readonly microseconds: number;
}

const QUERIES = 3_000;

/** What a lookup by key costs through each way into the database, beside pg alone. */
export async function measureOverhead(url: string, id: number): Promise<Overhead[]> {
  const db = createDbClient({ config: parseConfig({ POSTGRES_URL: url, DB_POOL_SIZE: '1' }) });
  const pool = new pg.Pool({ connectionString: url, ssl: false, max: 1 });
  // The server is stopped right afterwards, and may say so on a connection that is still closing.
  pool.on('error', () => undefined);
  const tenant = db.forTenant(1);
  const asTenant = async () => {
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query(
      `SELECT set_config('role', 'vatevo_app', true), set_config('vatevo.tenant_id', '1', true)`,
    );
    await client.query('SELECT * FROM invoices WHERE tenant_id = $1 AND id = $2', [1, id]);
    await client.query('COMMIT');
    client.release();
  };
  const ways: [string, () => Promise<unknown>][] = [
    [
      'pg, no isolation',
      () => pool.query('SELECT * FROM invoices WHERE tenant_id = $1 AND id = $2', [1, id]),
    ],
    ['pg, as the tenant', asTenant],
    ['@vatevo/db forTenant().invoice()', () => tenant.invoice(id)],
    [
      '@vatevo/db model, no isolation',
      () => db.invoice.findUnique({ where: { tenantId_id: { tenantId: 1, id } } }),
    ],
  ];
  try {
    const found: Overhead[] = [];
    for (const [name, ask] of ways) {
      for (let i = 0; i < QUERIES / 10; i++) await ask();
      const start = performance.now();
      for (let i = 0; i < QUERIES; i++) await ask();
      found.push({ name, microseconds: ((performance.now() - start) * 1000) / QUERIES });
    }
    return found;
  } finally {
    await db.close();
    await pool.end();
  }
}
