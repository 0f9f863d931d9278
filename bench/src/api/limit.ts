// The limit: the three routes on node:http and pg alone, without a framework, validation, or isolation of tenants. What it
// answers a second is what the runtime and the server give at the most. A new invoice makes the rows that the API makes of
// it, in one statement; whatever is computed for them (document, amounts, violations) is that of an invoice that is there.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.POSTGRES_URL, ssl: false, max: 10 });
for (const oid of [1184, 1700]) pg.types.setTypeParser(oid, (text: string) => text);
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const COLUMNS = `id, external_id, status, country_code, invoice_number, issue_date, due_date, subtotal, tax_amount,
  total_amount, currency, pdf_url, submission_id, error_message, created_at, updated_at, submitted_at`;
const TENANT = { name: 'tenant', text: 'SELECT id FROM tenants WHERE api_key_hash = $1' };
const ONE = { name: 'one', text: `SELECT ${COLUMNS} FROM invoices WHERE tenant_id = $1 AND id = $2` };
const PAGE = {
  name: 'page',
  text: `SELECT ${COLUMNS} FROM invoices WHERE tenant_id = $1 ORDER BY id LIMIT $2`,
};
const INSERT = {
  name: 'insert',
  text: `WITH invoice AS (
    INSERT INTO invoices (tenant_id, external_id, status, country_code, invoice_number, issue_date, due_date, subtotal,
      tax_amount, total_amount, currency, supplier_data, customer_data, line_items, ubl_xml, document_data, violations)
    VALUES ($1, $2, 'VALIDATED', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    RETURNING ${COLUMNS}, violations
  ), event AS (
    INSERT INTO webhook_events (tenant_id, invoice_id, event_type, payload)
    SELECT $1, id, 'invoice.validated', jsonb_build_object('status', 'validated', 'invoice_id', id,
      'external_id', external_id, 'invoice_number', invoice_number) FROM invoice
  ) SELECT * FROM invoice`,
};

/** What the API has computed of an invoice like those that are asked for, as texts. */
const COMPUTED = `SELECT subtotal, tax_amount, total_amount, currency, ubl_xml, document_data::text, violations::text
  FROM invoices WHERE id = $1`;
const { rows } = await pool.query({
  text: COMPUTED,
  values: [process.env.LIMIT_LIKE_INVOICE],
  rowMode: 'array',
});
const [subtotal, tax, total, currency, ...documents] = rows[0] as string[];

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

async function answer(request: IncomingMessage): Promise<unknown> {
  const key = request.headers.authorization?.slice('Bearer '.length) ?? '';
  const hash = createHash('sha256').update(key).digest('hex');
  const { rows: tenants } = await pool.query({ ...TENANT, values: [hash] });
  const tenantId = tenants[0].id as number;
  if (request.method === 'POST') {
    const body = await bodyOf(request);
    const values = [
      ...[tenantId, body.external_id, body.country_code, body.invoice_number, body.issue_date, body.due_date],
      ...[subtotal, tax, total, currency],
      ...[body.supplier, body.customer, body.line_items].map((part) => JSON.stringify(part)),
      ...documents,
    ];
    return (await pool.query({ ...INSERT, values })).rows[0];
  }
  const [path = '', query] = (request.url ?? '').split('?');
  if (path === '/invoices') {
    const limit = Number(new URLSearchParams(query).get('limit') ?? 100);
    return (await pool.query({ ...PAGE, values: [tenantId, limit] })).rows;
  }
  const id = Number(path.slice('/invoices/'.length));
  return (await pool.query({ ...ONE, values: [tenantId, id] })).rows[0];
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

const server = createServer((request, response) => {
  answer(request).then(
    (body) => send(response, 200, body),
    (error: Error) => send(response, 500, { detail: error.message }),
  );
}).listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
process.on('SIGTERM', () => process.exit(0));
