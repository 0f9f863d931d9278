// The baseline: the three routes as one writes them by hand on Express and pg, with the same isolation. It knows
// the same contract, checks its input with typeof and a pattern, and writes its XML from a template.
import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import express, { type Request, type Response } from 'express';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.POSTGRES_URL, ssl: false, max: 10 });
// Numbers, amounts and times as the server prints them, as the contract has them.
for (const oid of [1184, 1700]) pg.types.setTypeParser(oid, (text: string) => text);
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const COLUMNS = `id, external_id, lower(status::text) AS status, country_code, invoice_number, issue_date, due_date, subtotal,
  tax_amount, total_amount, currency, CASE WHEN ubl_xml IS NOT NULL THEN '/invoices/' || id || '/ubl' END AS ubl_xml_url,
  NULL AS country_xml_url, pdf_url, submission_id, error_message, created_at, updated_at, submitted_at`;
const TIMES = ['issue_date', 'due_date', 'created_at', 'updated_at', 'submitted_at'];

function present(row: Record<string, unknown>): Record<string, unknown> {
  for (const name of TIMES) {
    const text = row[name];
    if (typeof text === 'string') {
      row[name] = `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(6, '0')}Z`;
    }
  }
  return row;
}

async function tenantOf(request: Request): Promise<number | undefined> {
  const key = request.headers.authorization?.slice('Bearer '.length) ?? '';
  const hash = createHash('sha256').update(key).digest('hex');
  const { rows } = await pool.query('SELECT id, is_active FROM vatevo_tenant_by_key($1)', [hash]);
  return rows[0]?.is_active ? (rows[0].id as number) : undefined;
}

/** A handler that runs in a transaction as the tenant. */
function asTenant(work: (client: pg.PoolClient, tenantId: number, request: Request) => Promise<unknown>) {
  return async (request: Request, response: Response) => {
    const tenantId = await tenantOf(request);
    if (tenantId === undefined) {
      response.status(401).json({ detail: 'Invalid authentication credentials' });
      return;
    }
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(
        `SELECT set_config('role', 'vatevo_app', true), set_config('vatevo.tenant_id', $1, true)`,
        [String(tenantId)],
      );
      const body = await work(client, tenantId, request);
      await client.query('COMMIT');
      if (body === undefined) response.status(404).json({ detail: 'Invoice not found' });
      else response.json(body);
    } catch (error) {
      await client.query('ROLLBACK');
      response.status(500).json({ detail: (error as Error).message });
    } finally {
      client.release();
    }
  };
}

const AMOUNT = /^-?\d{1,15}(\.\d{1,4})?$/;
const cents = (text: string) => BigInt(Math.round(Number(text) * 10_000));
const sum = (texts: string[]) =>
  (Number(texts.reduce((total, text) => total + cents(text), 0n)) / 10_000).toFixed(2);
const escapeXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

interface Line {
  description: string;
  quantity: number;
  unit_price: string;
  tax_rate: number;
  tax_amount: string;
  line_total: string;
}

function xml(body: Record<string, unknown>, lines: Line[], total: string): string {
  const rows = lines.map(
    (line, i) =>
      `<cac:InvoiceLine><cbc:ID>${i + 1}</cbc:ID><cbc:LineExtensionAmount>${line.line_total}</cbc:LineExtensionAmount><cac:Item><cbc:Name>${escapeXml(line.description)}</cbc:Name></cac:Item><cac:Price><cbc:PriceAmount>${line.unit_price}</cbc:PriceAmount></cac:Price></cac:InvoiceLine>`,
  );
  return `<?xml version="1.0"?><Invoice><cbc:ID>${escapeXml(body.invoice_number as string)}</cbc:ID>${rows.join('')}<cbc:PayableAmount>${total}</cbc:PayableAmount></Invoice>`;
}

const app = express();
app.use(express.json({ limit: '1mb' }));
app.get(
  '/invoices/:id',
  asTenant(async (client, tenantId, request) => {
    const { rows } = await client.query(`SELECT ${COLUMNS} FROM invoices WHERE tenant_id = $1 AND id = $2`, [
      tenantId,
      Number(request.params.id),
    ]);
    return rows[0] && present(rows[0]);
  }),
);
app.get(
  '/invoices',
  asTenant(async (client, tenantId, request) => {
    const { rows } = await client.query(
      `SELECT ${COLUMNS} FROM invoices WHERE tenant_id = $1 ORDER BY id LIMIT $2`,
      [tenantId, Number(request.query.limit ?? 100)],
    );
    return rows.map(present);
  }),
);
app.post(
  '/invoices',
  asTenant(async (client, tenantId, request) => {
    const { body } = request;
    const lines = body.line_items as Line[];
    if (typeof body.external_id !== 'string' || !lines.every((line) => AMOUNT.test(line.line_total))) {
      throw new Error('invalid');
    }
    const subtotal = sum(lines.map((line) => line.line_total));
    const tax = sum(lines.map((line) => line.tax_amount));
    const total = sum([subtotal, tax]);
    const { rows } = await client.query(
      `INSERT INTO invoices (tenant_id, external_id, status, country_code, invoice_number, issue_date, due_date, subtotal,
         tax_amount, total_amount, currency, supplier_data, customer_data, line_items, ubl_xml)
       VALUES ($1, $2, 'VALIDATED', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING ${COLUMNS}`,
      [
        tenantId,
        body.external_id,
        body.country_code,
        body.invoice_number,
        body.issue_date,
        body.due_date ?? null,
        subtotal,
        tax,
        total,
        body.currency ?? 'EUR',
        JSON.stringify(body.supplier),
        JSON.stringify(body.customer),
        JSON.stringify(lines),
        xml(body, lines, total),
      ],
    );
    const invoice = present(rows[0]);
    await client.query(
      `INSERT INTO webhook_events (tenant_id, invoice_id, event_type, payload) VALUES ($1, $2, 'invoice.validated', $3)`,
      [tenantId, invoice.id, JSON.stringify({ invoice_id: invoice.id, status: 'validated' })],
    );
    return invoice;
  }),
);
const server = app.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
process.on('SIGTERM', () => process.exit(0));
