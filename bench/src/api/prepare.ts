import { createHash } from 'node:crypto';
import { parsePostgresUrl } from '@vatevo/connection';
import { deployMigrations, setUpRoles } from '@vatevo/db/migrations';
import pg from 'pg';

export const API_KEY = 'vat_bench';
const TENANTS = 100;

/** Makes our tables, and puts rows into them. */
export async function withNewTables<Result>(
  url: string,
  fill: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const target = parsePostgresUrl(url);
  await deployMigrations(target);
  await setUpRoles(target);
  const client = new pg.Client({ connectionString: url, ssl: false });
  await client.connect();
  try {
    return await fill(client);
  } finally {
    await client.end();
  }
}

/** Makes our tables with `invoices` rows in them; the tenant of {@link API_KEY} has a hundredth of those. */
export async function prepareDatabase(url: string, invoices: number): Promise<{ invoiceId: number }> {
  return withNewTables(url, async (client) => {
    const hash = createHash('sha256').update(API_KEY).digest('hex');
    await client.query(
      `INSERT INTO tenants (id, name, api_key_hash, api_key_prefix)
       SELECT n, 'Tenant ' || n, CASE n WHEN 1 THEN $1 ELSE lpad(n::text, 64, '0') END, '' FROM generate_series(1, $2::int) AS n`,
      [hash, TENANTS],
    );
    await client.query(
      `INSERT INTO invoices (external_id, tenant_id, status, country_code, invoice_number, issue_date, subtotal, tax_amount,
         total_amount, supplier_data, customer_data, line_items)
       SELECT 'EXT-' || n, 1 + n % $1, 'VALIDATED', 'DE', 'INV-' || n, now(), 100.00, 19.00, 119.00, '{}', '{}', '[]'
       FROM generate_series(1, $2::int) AS n`,
      [TENANTS, invoices],
    );
    await client.query('VACUUM ANALYZE');
    const { rows } = await client.query('SELECT max(id) AS id FROM invoices WHERE tenant_id = 1');
    return { invoiceId: Number(rows[0].id) };
  });
}
