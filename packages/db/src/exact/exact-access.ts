import { INVOICE_COLUMNS, readInvoice, readTenant, TENANT_COLUMNS } from './columns.ts';
import { invoiceValues } from './insert-invoice.ts';
import type { ExactDialect, ExactRunner, Run } from './runner.ts';
import type { ExactAccess, ExactInvoice, InvoiceListQuery, NewEvent, NewInvoice } from './types.ts';

const MAX_ID = 2 ** 31 - 1;
const MIN_ID = -(2 ** 31);

/** Ids are INTEGER; PostgreSQL answers a bigger number with an error, not with "no row". */
const isId = (value: number) => Number.isInteger(value) && value >= MIN_ID && value <= MAX_ID;

/** The exact reads and writes over any database's {@link ExactRunner}. */
export function createExactAccess({ dialect, run, transaction }: ExactRunner): ExactAccess {
  const { schema, parameter } = dialect;
  const invoiceByKey = `SELECT ${INVOICE_COLUMNS} FROM ${schema}.invoices WHERE tenant_id = ${parameter(1)} AND id = ${parameter(2)}`;
  const tenantByHash = `SELECT ${TENANT_COLUMNS} FROM ${schema}.tenants WHERE api_key_hash = ${parameter(1)}`;

  return {
    async invoice({ tenantId, id }) {
      if (!isId(tenantId) || !isId(id)) return null;
      const [row] = await run(invoiceByKey, [tenantId, id]);
      return row === undefined ? null : readInvoice(row, dialect);
    },

    async invoices(query) {
      if (!isId(query.tenantId) || (query.after ?? 0) > MAX_ID) return [];
      const { text, values } = listStatement(query, dialect);
      return (await run(text, values)).map((row) => readInvoice(row, dialect));
    },

    async createInvoice(invoice, events = []) {
      if (events.length === 0) return insertInvoice(run, dialect, invoice);
      return transaction(async (runInside) => {
        const created = await insertInvoice(runInside, dialect, invoice);
        for (const event of events) await insertEvent(runInside, dialect, created, event);
        return created;
      });
    },

    async tenantByApiKeyHash(apiKeyHash) {
      const [row] = await run(tenantByHash, [apiKeyHash]);
      return row === undefined ? null : readTenant(row, dialect);
    },
  };
}

async function insertInvoice(run: Run, dialect: ExactDialect, invoice: NewInvoice): Promise<ExactInvoice> {
  const { columns, values } = invoiceValues(invoice);
  const parameters = columns.map((_, index) => dialect.parameter(index + 1));
  const [row] = await run(
    `INSERT INTO ${dialect.schema}.invoices (${columns.join(', ')}) VALUES (${parameters.join(', ')}) ` +
      `RETURNING ${INVOICE_COLUMNS}`,
    values,
  );
  return readInvoice(row as unknown[], dialect);
}

async function insertEvent(
  run: Run,
  { schema, parameter }: ExactDialect,
  { tenantId, id }: ExactInvoice,
  { eventType, payload }: NewEvent,
): Promise<void> {
  const parameters = [1, 2, 3, 4].map((n) => parameter(n)).join(', ');
  await run(
    `INSERT INTO ${schema}.webhook_events (tenant_id, invoice_id, event_type, payload) VALUES (${parameters})`,
    [tenantId, id, eventType, JSON.stringify({ invoice_id: id, ...payload })],
  );
}

/** A text per combination of filters, since one text for all of them could not use the right index. */
function listStatement(query: InvoiceListQuery, { schema, parameter }: ExactDialect) {
  const values: unknown[] = [query.tenantId];
  const next = (value: unknown) => parameter(values.push(value));
  let text = `SELECT ${INVOICE_COLUMNS} FROM ${schema}.invoices WHERE tenant_id = ${parameter(1)}`;
  if (query.status !== undefined) text += ` AND status = ${next(query.status)}`;
  if (query.after !== undefined && query.after >= MIN_ID) text += ` AND id > ${next(query.after)}`;
  text += ` ORDER BY id LIMIT ${next(query.limit)}`;
  if (query.skip !== undefined && query.skip > 0) text += ` OFFSET ${next(query.skip)}`;
  return { text, values };
}
