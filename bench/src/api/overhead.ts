import { createDbClient, parseConfig } from '@vatevo/db';
import pg from 'pg';
import { median } from '../transfer/table.ts';

/** What one query takes, one after the other; medians of all turns. */
export interface Overhead {
  readonly name: string;
  readonly microseconds: number;
  /** Times pg as the tenant, which took its turn right before or behind. */
  readonly timesTenant: number;
}

/** Queries of each way in a turn. The first ones, in which the compiler is still at work, do not count. */
const QUERIES = 500;
const TURNS = 16;
const FIRST_TURNS = 6;

const AS_TENANT = 'pg, as the tenant';

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
    [AS_TENANT, asTenant],
    ['@vatevo/db forTenant().invoice()', () => tenant.invoice(id)],
    [
      '@vatevo/db model, no isolation',
      () => db.invoice.findUnique({ where: { tenantId_id: { tenantId: 1, id } } }),
    ],
  ];
  try {
    const turns: Record<string, number>[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      const taken: Record<string, number> = {};
      for (const [name, ask] of ways) {
        const start = performance.now();
        for (let i = 0; i < QUERIES; i++) await ask();
        taken[name] = ((performance.now() - start) * 1000) / QUERIES;
      }
      if (turn >= FIRST_TURNS) turns.push(taken);
    }
    const of = (name: string) => turns.map((taken) => taken[name] as number);
    const tenant = of(AS_TENANT);
    return ways.map(([name]) => ({
      name,
      microseconds: median(of(name)),
      timesTenant: median(of(name).map((taken, turn) => taken / (tenant[turn] as number))),
    }));
  } finally {
    await db.close();
    await pool.end();
  }
}
