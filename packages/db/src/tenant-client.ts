import {
  type EventListQuery,
  EventStatements,
  type ExactEvent,
  type TenantWebhook,
  type WebhookChange,
} from './exact/events.ts';
import { type Answered, answerOnce, type Repeatable } from './exact/idempotency.ts';
import { isTenantId } from './exact/ids.ts';
import { InvoiceStatements } from './exact/invoices.ts';
import type { ExactDialect, ExactRunner, Run } from './exact/runner.ts';
import type {
  ExactInvoice,
  InvoiceListQuery,
  InvoicePage,
  InvoicePageQuery,
  NewEvent,
  NewInvoice,
} from './exact/types.ts';
import type { Transact } from './transaction/transact.ts';

/** Where a tenant's reads may be answered, when there are replicas (`POSTGRES_REPLICA_URLS`). */
export interface TenantReads {
  /** `primary`: by no replica. */
  readonly from?: 'primary' | 'replica' | undefined;
  /** The text of a position behind which a replica has to be; with one that is none, by the primary. */
  readonly after?: string | undefined;
}

/** What can be done with one tenant's invoices, nothing of it rounded. */
export interface TenantInvoices {
  /** One invoice, or null. An id beyond the column's range is simply not there. */
  invoice(id: number): Promise<ExactInvoice | null>;
  /** Invoices, by id ascending. */
  invoices(query: InvoiceListQuery): Promise<ExactInvoice[]>;
  /** The same, bounded by bytes as well, and whether there are more. */
  page(query: InvoicePageQuery): Promise<InvoicePage>;
  /** Stores an invoice and its events, all or nothing, and returns the invoice as stored. */
  createInvoice(invoice: NewInvoice, events?: readonly NewEvent[]): Promise<ExactInvoice>;
}

/** Where a tenant's events go, and what became of them. */
export interface TenantEvents {
  settings(): Promise<TenantWebhook>;
  /** Changes what is given, and tells what it is then. */
  change(change: WebhookChange): Promise<TenantWebhook>;
  /** Events, by id ascending. */
  list(query: EventListQuery): Promise<ExactEvent[]>;
  /** Makes an event due now, whatever became of it, with all its attempts before it; null when there is none. */
  sendAgain(id: number): Promise<ExactEvent | null>;
  /** The same for the first `most` of which no attempt would be made any more; tells how many. */
  sendFailedAgain(most: number): Promise<number>;
}

/**
 * The database as one tenant sees it. On PostgreSQL the server itself shows and takes no row of another one:
 * every call runs as the role `vatevo_app`, bound to the tenant by row-level security. On SQLite the tenant
 * is in every statement of the first four methods; in `transaction` it is for the caller to name it.
 */
export interface TenantClient extends TenantInvoices {
  readonly tenantId: number;
  /**
   * Where the tenant's last write can be read, `timeline/LSN`, as far as this client made it within the last 10 s;
   * undefined without replicas. For readers elsewhere: `forTenant(id, { after })`.
   */
  readonly position: string | undefined;
  readonly webhook: TenantEvents;
  /**
   * Answers a request that may be repeated: does `work` in a transaction and keeps the answer it returns, or
   * gives the answer of the first time.
   *
   * @throws IdempotencyKeyReusedError when the key came with another request before
   */
  answerOnce(request: Repeatable, work: (inside: TenantInvoices) => Promise<string>): Promise<Answered>;
  /** Prisma's models in one transaction. What they read is rounded, see the package's README. */
  readonly transaction: Transact;
}

/** A tenant's client over any database. */
export function createTenantClient(
  tenantId: number,
  dialect: ExactDialect,
  runner: ExactRunner,
  transaction: Transact,
  position: () => string | undefined = () => undefined,
): TenantClient {
  if (!isTenantId(tenantId)) throw new TypeError(`${tenantId} is no tenant's id`);
  const statements = new InvoiceStatements(dialect, tenantId);
  const inside = (run: Run): TenantInvoices => ({
    invoice: (id) => statements.find(run, id),
    invoices: (query) => statements.list(run, query),
    page: (query) => statements.page(run, query),
    createInvoice: (invoice, events = []) => statements.create(run, invoice, events),
  });
  const events = new EventStatements(dialect, tenantId);
  return {
    tenantId,
    get position() {
      return position();
    },
    webhook: {
      settings: () => events.settings(runner.run),
      change: (change) => events.change(runner.run, change),
      list: (query) => events.list(runner.run, query),
      sendAgain: (id) => events.sendAgain(runner.run, id),
      sendFailedAgain: (most) => events.sendFailedAgain(runner.run, most),
    },
    ...inside(runner.run),
    invoice: (id) => statements.find(runner.look, id),
    createInvoice: (invoice, events = []) => statements.createAlone(runner, invoice, events),
    answerOnce: (request, work) =>
      runner.transaction((run) => answerOnce(dialect, run, tenantId, request, () => work(inside(run)))),
    transaction,
  };
}
