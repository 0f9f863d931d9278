import { INVOICE_COLUMNS, readInvoice, readTenant, TENANT_COLUMNS } from './columns.ts';
import { invoiceValues } from './insert-invoice.ts';
import type { ExactRunner } from './runner.ts';
import type { ExactAccess, InvoiceListQuery } from './types.ts';

const MAX_ID = 2 ** 31 - 1;
const MIN_ID = -(2 ** 31);

/** Ids are INTEGER; PostgreSQL answers a bigger number with an error, not with "no row". */
const isId = (value: number) => Number.isInteger(value) && value >= MIN_ID && value <= MAX_ID;

/** The exact reads and writes over any database's {@link ExactRunner}. */
export function createExactAccess(runner: ExactRunner): ExactAccess {
  const { dialect } = runner;
  const { schema, parameter } = dialect;

  const invoiceByKey = {
    name: 'vatevo_invoice',
    text: `SELECT ${INVOICE_COLUMNS} FROM ${schema}.invoices WHERE tenant_id = ${parameter(1)} AND id = ${parameter(2)}`,
  };
  const tenantByHash = {
    name: 'vatevo_tenant_by_key',
    text: `SELECT ${TENANT_COLUMNS} FROM ${schema}.tenants WHERE api_key_hash = ${parameter(1)}`,
  };

  return {
    async invoice({ tenantId, id }) {
      if (!isId(tenantId) || !isId(id)) return null;
      const [row] = await runner.run(invoiceByKey, [tenantId, id]);
      return row === undefined ? null : readInvoice(row, dialect);
    },

    async invoices(query) {
      if (!isId(query.tenantId) || (query.after ?? 0) > MAX_ID) return [];
      const { statement, values } = listStatement(query, dialect);
      return (await runner.run(statement, values)).map((row) => readInvoice(row, dialect));
    },

    async createInvoice(invoice) {
      const { columns, values, choice } = invoiceValues(invoice);
      const parameters = columns.map((_, index) => parameter(index + 1));
      const [row] = await runner.run(
        {
          name: `vatevo_create_invoice_${choice.toString(36)}`,
          text:
            `INSERT INTO ${schema}.invoices (${columns.join(', ')}) VALUES (${parameters.join(', ')}) ` +
            `RETURNING ${INVOICE_COLUMNS}`,
        },
        values,
      );
      return readInvoice(row as unknown[], dialect);
    },

    async tenantByApiKeyHash(apiKeyHash) {
      const [row] = await runner.run(tenantByHash, [apiKeyHash]);
      return row === undefined ? null : readTenant(row, dialect);
    },
  };
}

/** A text per combination of filters, since one text for all of them could not use the right index. */
function listStatement(query: InvoiceListQuery, { schema, parameter }: ExactRunner['dialect']) {
  const values: unknown[] = [query.tenantId];
  const next = (value: unknown) => parameter(values.push(value));
  let name = 'vatevo_invoices';
  let text = `SELECT ${INVOICE_COLUMNS} FROM ${schema}.invoices WHERE tenant_id = ${parameter(1)}`;
  if (query.status !== undefined) {
    name += '_status';
    text += ` AND status = ${next(query.status)}`;
  }
  if (query.after !== undefined && query.after >= MIN_ID) {
    name += '_after';
    text += ` AND id > ${next(query.after)}`;
  }
  text += ` ORDER BY id LIMIT ${next(query.limit)}`;
  if (query.skip !== undefined && query.skip > 0) {
    name += '_skip';
    text += ` OFFSET ${next(query.skip)}`;
  }
  return { statement: { name, text }, values };
}
