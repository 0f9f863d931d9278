import { idBefore, isId, MAX_ID, readId } from './ids.ts';
import type { ExactDialect, Run } from './runner.ts';
import { canonicalTimestamp } from './timestamp.ts';
import type { TimestampText } from './types.ts';

/** What is to become of an event: an attempt will be made, none will be made any more, or it has arrived. */
export type EventState = 'pending' | 'failed' | 'delivered';

/** A webhook event with nothing rounded; its payload is left out. */
export interface ExactEvent {
  readonly id: number;
  readonly invoiceId: number;
  readonly eventType: string;
  readonly state: EventState;
  readonly deliveryAttempts: number;
  readonly lastAttemptAt: TimestampText | null;
  /** null when no attempt will be made. */
  readonly nextAttemptAt: TimestampText | null;
  readonly createdAt: TimestampText;
}

/** Which events to list, by id ascending. */
export interface EventListQuery {
  readonly state?: EventState | undefined;
  /** Only events of a greater id. */
  readonly after?: number | undefined;
  readonly limit: number;
}

/** Where a tenant's events go. */
export interface TenantWebhook {
  readonly webhookUrl: string | null;
  /** Its events wait, and none is lost. */
  readonly isPaused: boolean;
}

/** What is undefined stays as it is. */
export interface WebhookChange {
  readonly webhookUrl?: string | null | undefined;
  readonly isPaused?: boolean | undefined;
}

const IN_STATE: Readonly<Record<EventState, string>> = {
  pending: 'NOT delivered AND next_attempt_at IS NOT NULL',
  failed: 'NOT delivered AND next_attempt_at IS NULL',
  delivered: 'delivered',
};

/**
 * The same as being failed, in a form that no index has: without statistics PostgreSQL would go through the index of failed
 * events for each of ten thousand, and not by their keys.
 */
const STILL_FAILED = 'CASE WHEN delivered THEN false ELSE next_attempt_at IS NULL END';

const COLUMNS =
  'id, invoice_id, event_type, delivered, delivery_attempts, last_attempt_at, next_attempt_at, created_at';

/** The statements about one tenant's webhook and its events; the tenant is in every one. */
export class EventStatements {
  readonly #dialect: ExactDialect;
  readonly #tenantId: number;

  constructor(dialect: ExactDialect, tenantId: number) {
    this.#dialect = dialect;
    this.#tenantId = tenantId;
  }

  async settings(run: Run): Promise<TenantWebhook> {
    const { schema, parameter } = this.#dialect;
    const [row] = await run(
      `SELECT webhook_url, webhooks_paused FROM ${schema}.tenants WHERE id = ${parameter(1)}`,
      [this.#tenantId],
    );
    return this.#webhook(row as unknown[]);
  }

  async change(run: Run, change: WebhookChange): Promise<TenantWebhook> {
    const { schema, parameter } = this.#dialect;
    const values: unknown[] = [];
    const set = (column: string, value: unknown) => `${column} = ${parameter(values.push(value))}`;
    const sets = [set('updated_at', canonicalTimestamp(new Date()))];
    if (change.webhookUrl !== undefined) sets.push(set('webhook_url', change.webhookUrl));
    if (change.isPaused !== undefined) sets.push(`webhooks_paused = ${change.isPaused}`);
    const [row] = await run(
      `UPDATE ${schema}.tenants SET ${sets.join(', ')} WHERE id = ${parameter(values.push(this.#tenantId))}
       RETURNING webhook_url, webhooks_paused`,
      values,
    );
    return this.#webhook(row as unknown[]);
  }

  async list(run: Run, { state, after, limit }: EventListQuery): Promise<ExactEvent[]> {
    if ((after ?? 0) > MAX_ID) return [];
    const { schema, parameter } = this.#dialect;
    const values: unknown[] = [];
    const next = (value: unknown) => parameter(values.push(value));
    let text = `SELECT ${COLUMNS} FROM ${schema}.webhook_events WHERE tenant_id = ${next(this.#tenantId)}`;
    if (state !== undefined) text += ` AND ${IN_STATE[state]}`;
    if (after !== undefined) text += ` AND id > ${next(idBefore(after))}`;
    const rows = await run(`${text} ORDER BY id LIMIT ${next(limit)}`, values);
    return rows.map((row) => this.#event(row));
  }

  /** Makes an event due now, with all its attempts before it; null when there is none. */
  async sendAgain(run: Run, id: number): Promise<ExactEvent | null> {
    if (!isId(id)) return null;
    const { schema, parameter } = this.#dialect;
    const [row] = await run(
      `UPDATE ${schema}.webhook_events SET delivered = false, delivery_attempts = 0, next_attempt_at = ${parameter(1)}
       WHERE tenant_id = ${parameter(2)} AND id = ${parameter(3)} RETURNING ${COLUMNS}`,
      [canonicalTimestamp(new Date()), this.#tenantId, id],
    );
    return row === undefined ? null : this.#event(row);
  }

  /**
   * The same for the first `most` events of which no attempt would be made any more; tells how many. Who waits for another
   * call's rows looks at them again as that one has left them: they are due by then, or have arrived.
   */
  async sendFailedAgain(run: Run, most: number): Promise<number> {
    const { schema, parameter } = this.#dialect;
    const rows = await run(
      `UPDATE ${schema}.webhook_events SET delivery_attempts = 0, next_attempt_at = ${parameter(1)}
       WHERE tenant_id = ${parameter(2)} AND id IN (
         SELECT id FROM ${schema}.webhook_events
         WHERE tenant_id = ${parameter(3)} AND ${IN_STATE.failed} ORDER BY id LIMIT ${parameter(4)})
         AND ${STILL_FAILED}
       RETURNING id`,
      [canonicalTimestamp(new Date()), this.#tenantId, this.#tenantId, most],
    );
    return rows.length;
  }

  #webhook([webhookUrl, isPaused]: readonly unknown[]): TenantWebhook {
    return { webhookUrl: webhookUrl as string | null, isPaused: this.#dialect.boolean(isPaused) };
  }

  #event(row: readonly unknown[]): ExactEvent {
    const { boolean, timestamp } = this.#dialect;
    const time = (stored: unknown) => (stored === null ? null : timestamp(stored));
    const nextAttemptAt = time(row[6]);
    const undelivered = nextAttemptAt === null ? 'failed' : 'pending';
    return {
      id: readId(row[0], 'The id of a webhook event'),
      invoiceId: readId(row[1], 'The invoice of a webhook event'),
      eventType: row[2] as string,
      state: boolean(row[3]) ? 'delivered' : undelivered,
      deliveryAttempts: Number(row[4]),
      lastAttemptAt: time(row[5]),
      nextAttemptAt,
      createdAt: timestamp(row[7]),
    };
  }
}
