import { refuseUnstorable } from '../refuse-unstorable.ts';
import { INVOICE_COLUMNS, INVOICE_SIZE, invoiceSize, readInvoice } from './columns.ts';
import { idBefore, isId, MAX_ID } from './ids.ts';
import { type InvoiceValues, invoiceValues } from './insert-invoice.ts';
import type { ExactDialect, ExactRunner, Run } from './runner.ts';
import { canonicalTimestamp } from './timestamp.ts';
import type {
  ExactInvoice,
  InvoiceListQuery,
  InvoicePage,
  InvoicePageQuery,
  NewEvent,
  NewInvoice,
} from './types.ts';

/** Whether the tenant `t` has a webhook; events that nobody wants are at rest from the beginning. */
const IS_WANTED = "t.is_active AND coalesce(t.webhook_url, '') <> ''";

/**
 * The longest page that is read before its sizes are added up: the server takes about as long to add as to read. Of a longer
 * one, what is beyond its end could be too much to read.
 */
const MAX_MEASURED_HERE = 20;

/** The statements about one tenant's invoices, in which nothing is rounded; the tenant is in every one. */
export class InvoiceStatements {
  readonly #dialect: ExactDialect;
  readonly #tenantId: number;

  constructor(dialect: ExactDialect, tenantId: number) {
    this.#dialect = dialect;
    this.#tenantId = tenantId;
  }

  async find(run: Run, id: number): Promise<ExactInvoice | null> {
    if (!isId(id)) return null;
    const { schema, parameter } = this.#dialect;
    const [row] = await run(
      `SELECT ${INVOICE_COLUMNS} FROM ${schema}.invoices WHERE tenant_id = ${parameter(1)} AND id = ${parameter(2)}`,
      [this.#tenantId, id],
    );
    return row === undefined ? null : readInvoice(row, this.#dialect);
  }

  async list(run: Run, query: InvoiceListQuery): Promise<ExactInvoice[]> {
    if ((query.after ?? 0) > MAX_ID) return [];
    const values: unknown[] = [];
    const text = this.#select(INVOICE_COLUMNS, query, values);
    return (await run(text, values)).map((row) => readInvoice(row, this.#dialect));
  }

  async page(run: Run, query: InvoicePageQuery): Promise<InvoicePage> {
    if ((query.after ?? 0) > MAX_ID || query.limit === 0) return { invoices: [], more: false };
    return query.limit > MAX_MEASURED_HERE ? this.#longPage(run, query) : this.#shortPage(run, query);
  }

  async #shortPage(run: Run, query: InvoicePageQuery): Promise<InvoicePage> {
    const values: unknown[] = [];
    // A number in the text: of a parameter alone the planner expects a tenth of the tenant's invoices, and plans each call.
    const first = this.#select(INVOICE_COLUMNS, query, values, String(MAX_MEASURED_HERE + 1));
    // One row more than wanted tells whether there are more.
    const limit = this.#dialect.parameter(values.push(query.limit + 1));
    const rows = await run(`SELECT * FROM (${first}) AS found ORDER BY id LIMIT ${limit}`, values);
    const invoices: ExactInvoice[] = [];
    let bytes = 0;
    for (const row of rows) {
      if (invoices.length === query.limit || bytes >= query.maxBytes) break;
      invoices.push(readInvoice(row, this.#dialect));
      bytes += invoiceSize(row);
    }
    return { invoices, more: rows.length > invoices.length };
  }

  /** The server adds up the sizes, so that what is beyond the page never leaves it. */
  async #longPage(run: Run, query: InvoicePageQuery): Promise<InvoicePage> {
    const values: unknown[] = [];
    const found = this.#select('*', { ...query, limit: query.limit + 1 }, values);
    const next = (value: unknown) => this.#dialect.parameter(values.push(value));
    const rows = await run(
      `SELECT ${INVOICE_COLUMNS}, has_next FROM (
         SELECT *, lead(id) OVER ahead IS NOT NULL AS has_next, coalesce(sum(${INVOICE_SIZE}) OVER ahead, 0) AS bytes_before
         FROM (${found}) AS found
         WINDOW ahead AS (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS sized
       WHERE bytes_before < ${next(query.maxBytes)} ORDER BY id LIMIT ${next(query.limit)}`,
      values,
    );
    const last = rows.at(-1);
    return {
      invoices: rows.map((row) => readInvoice(row, this.#dialect)),
      more: last !== undefined && this.#dialect.boolean(last.at(-1)),
    };
  }

  /** @param limit SQL; that of the query when left out */
  #select(columns: string, query: InvoiceListQuery, values: unknown[], limit?: string): string {
    const { schema, parameter } = this.#dialect;
    const next = (value: unknown) => parameter(values.push(value));
    // A text per combination of filters, since one text for all of them could not use the right index.
    let text = `SELECT ${columns} FROM ${schema}.invoices WHERE tenant_id = ${next(this.#tenantId)}`;
    if (query.status !== undefined) text += ` AND status = ${next(query.status)}`;
    if (query.after !== undefined) text += ` AND id > ${next(idBefore(query.after))}`;
    text += ` ORDER BY id LIMIT ${limit ?? next(query.limit)}`;
    if (query.skip !== undefined && query.skip > 0) text += ` OFFSET ${next(query.skip)}`;
    return text;
  }

  /** Outside of any transaction: in one of its own where it takes more than one statement. */
  async createAlone(
    { run, transaction }: ExactRunner,
    invoice: NewInvoice,
    events: readonly NewEvent[],
  ): Promise<ExactInvoice> {
    if (events.length === 0) return this.create(run, invoice, events);
    return (await this.#dialect.insertsTogether())
      ? this.#createTogether(run, invoice, events)
      : transaction((inside) => this.create(inside, invoice, events));
  }

  async create(run: Run, invoice: NewInvoice, events: readonly NewEvent[]): Promise<ExactInvoice> {
    if (events.length > 0 && (await this.#dialect.insertsTogether()))
      return this.#createTogether(run, invoice, events);
    refuseUnstorable([invoice, events]);
    const insertion = invoiceValues(this.#tenantId, invoice);
    const [row] = await run(`${this.#insert(insertion)} RETURNING ${INVOICE_COLUMNS}`, insertion.values);
    const created = readInvoice(row as unknown[], this.#dialect);
    if (events.length > 0) await this.#addEvents(run, created.id, events);
    return created;
  }

  #insert({ columns }: InvoiceValues): string {
    const { schema, parameter } = this.#dialect;
    const parameters = columns.map((_, index) => parameter(index + 1));
    return `INSERT INTO ${schema}.invoices (${columns.join(', ')}) VALUES (${parameters.join(', ')})`;
  }

  /** One statement is one trip to the server, and needs no transaction around it. */
  async #createTogether(run: Run, invoice: NewInvoice, events: readonly NewEvent[]): Promise<ExactInvoice> {
    refuseUnstorable([invoice, events]);
    const insertion = invoiceValues(this.#tenantId, invoice);
    const { insertTexts } = this.#dialect;
    const columns = insertion.columns.join();
    let text = insertTexts?.get(columns);
    if (text === undefined) {
      text = this.#insertTogether(insertion);
      insertTexts?.set(columns, text);
    }
    const [row] = await run(text, [
      ...insertion.values,
      events.map(({ eventType }) => eventType),
      events.map(({ payload }) => JSON.stringify(payload)),
    ]);
    return readInvoice(row as unknown[], this.#dialect);
  }

  #insertTogether(insertion: InvoiceValues): string {
    const { schema, parameter } = this.#dialect;
    const { length } = insertion.values;
    const [types, payloads] = [parameter(length + 1), parameter(length + 2)];
    // Whether they are wanted is asked by the tenant's parameter, so once: asked for each event, of which the planner expects
    // ten, it makes a plan for all calls look dearer than one for each, and planning takes longer than all else.
    return `WITH invoice AS (${this.#insert(insertion)} RETURNING *), events AS (
         INSERT INTO ${schema}.webhook_events (tenant_id, invoice_id, event_type, payload, next_attempt_at)
         SELECT invoice.tenant_id, invoice.id, event.type, jsonb_build_object('invoice_id', invoice.id) || event.payload,
           (SELECT CASE WHEN ${IS_WANTED} THEN now() END FROM ${schema}.tenants AS t WHERE t.id = ${parameter(1)})
         FROM invoice, unnest(${types}::text[], ${payloads}::jsonb[]) WITH ORDINALITY AS event (type, payload, n)
         ORDER BY event.n)
       SELECT ${INVOICE_COLUMNS} FROM invoice`;
  }

  async #addEvents(run: Run, invoiceId: number, events: readonly NewEvent[]): Promise<void> {
    const { schema, parameter } = this.#dialect;
    // Asked for beforehand: a cluster takes no question within an INSERT.
    const [[wanted] = []] = await run(
      `SELECT ${IS_WANTED} FROM ${schema}.tenants AS t WHERE t.id = ${parameter(1)}`,
      [this.#tenantId],
    );
    const due = this.#dialect.boolean(wanted) ? canonicalTimestamp(new Date()) : null;
    const values: unknown[] = [];
    const rows = events.map(({ eventType, payload }) => {
      const row = [
        this.#tenantId,
        invoiceId,
        eventType,
        JSON.stringify({ invoice_id: invoiceId, ...payload }),
        due,
      ];
      return `(${row.map((value) => parameter(values.push(value))).join(', ')})`;
    });
    await run(
      `INSERT INTO ${schema}.webhook_events (tenant_id, invoice_id, event_type, payload, next_attempt_at) VALUES ${rows.join(', ')}`,
      values,
    );
  }
}
