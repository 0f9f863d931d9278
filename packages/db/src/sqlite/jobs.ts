import { readDelivery, readDestination, readTenant, TENANT_COLUMNS } from '../exact/columns.ts';
import { isTenantId, MAX_TENANT_ID, MIN_TENANT_ID } from '../exact/ids.ts';
import type { ExactDialect, ExactRunner, Run } from '../exact/runner.ts';
import { canonicalTimestamp } from '../exact/timestamp.ts';
import { BEFORE_ALL, type ClaimOptions, type Forgotten, type Outbox } from '../outbox.ts';
import type { TenantRegistry } from '../registry.ts';

export function sqliteRegistry({ run }: ExactRunner, dialect: ExactDialect): TenantRegistry {
  return {
    async findByKeyHash(apiKeyHash) {
      const [row] = await run(
        `SELECT ${TENANT_COLUMNS} FROM tenants WHERE api_key_hash = ?
         UNION ALL
         SELECT ${TENANT_COLUMNS} FROM tenants WHERE old_api_key_hash = ? AND old_api_key_until > ? LIMIT 1`,
        [apiKeyHash, apiKeyHash, canonicalTimestamp(new Date())],
      );
      return row === undefined ? null : readTenant(row, dialect);
    },
    async create({ name, apiKeyHash, apiKeyPrefix, webhookUrl = null, webhookSecret = null }) {
      const [row] = await run(
        `INSERT INTO tenants (name, api_key_hash, api_key_prefix, webhook_url, webhook_secret)
         VALUES (?, ?, ?, ?, ?) RETURNING ${TENANT_COLUMNS}`,
        [name, apiKeyHash, apiKeyPrefix, webhookUrl, webhookSecret],
      );
      return readTenant(row as unknown[], dialect);
    },
    async rotateKey({ tenantId, byKeyHash = null, apiKeyHash, apiKeyPrefix, graceSeconds }) {
      if (!isTenantId(tenantId)) return null;
      const now = new Date();
      const until = new Date(now.getTime() + graceSeconds * 1000);
      const oldKeyUntil = graceSeconds === 0 ? null : canonicalTimestamp(until);
      const rows = await run(
        `UPDATE tenants SET old_api_key_hash = CASE WHEN ? IS NOT NULL THEN api_key_hash END, old_api_key_until = ?,
           api_key_hash = ?, api_key_prefix = ?, updated_at = ?
         WHERE id = ? AND (? IS NULL OR api_key_hash = ?) RETURNING id`,
        [
          ...[oldKeyUntil, oldKeyUntil, apiKeyHash, apiKeyPrefix, canonicalTimestamp(now)],
          ...[tenantId, byKeyHash, byKeyHash],
        ],
      );
      return rows.length > 0 ? { oldKeyUntil } : null;
    },
  };
}

const WAITING = 'NOT e.delivered AND e.next_attempt_at IS NOT NULL';

/** Whether anything is due. Most of the time nothing is, and asking takes no lock. */
const ANY_DUE = 'SELECT 1 FROM webhook_events AS e WHERE NOT e.delivered AND e.next_attempt_at <= ? LIMIT 1';

const NEXT_TENANT = `
  SELECT e.tenant_id, t.is_active AND coalesce(t.webhook_url, '') <> '', t.webhooks_paused
  FROM webhook_events AS e INDEXED BY webhook_events_tenant_due_idx JOIN tenants AS t ON t.id = e.tenant_id
  WHERE ${WAITING} AND e.tenant_id > ? ORDER BY e.tenant_id, e.next_attempt_at LIMIT 1`;

const DUE = `
  SELECT e.tenant_id, e.id, e.event_type, e.payload, e.created_at, e.delivery_attempts + 1, t.webhook_url, t.webhook_secret
  FROM webhook_events AS e INDEXED BY webhook_events_tenant_due_idx JOIN tenants AS t ON t.id = e.tenant_id
  WHERE ${WAITING} AND e.tenant_id = ? AND e.next_attempt_at <= ? ORDER BY e.next_attempt_at LIMIT ?`;

/** The same as the function vatevo_claim_events of PostgreSQL. Events of tenants that have paused wait. */
async function claimByTenant(run: Run, options: ClaimOptions): Promise<unknown[][]> {
  const { most, leaseSeconds, maxAttempts, perTenant = most, rooms, after = 0 } = options;
  const now = new Date();
  const lease = canonicalTimestamp(new Date(now.getTime() + leaseSeconds * 1000));
  const claimed: unknown[][] = [];
  for (const [from, to] of [
    [after, MAX_TENANT_ID],
    [MIN_TENANT_ID, after],
  ] as const) {
    for (let tenant = from; claimed.length < most; ) {
      const [row] = await run(NEXT_TENANT, [tenant]);
      if (row === undefined || Number(row[0]) > to) break;
      tenant = Number(row[0]);
      const room = Math.min(rooms?.get(tenant) ?? perTenant, most - claimed.length);
      if (room <= 0) continue;
      if (Number(row[1]) !== 1) {
        await run(
          `UPDATE webhook_events AS e SET next_attempt_at = NULL WHERE ${WAITING} AND e.tenant_id = ?`,
          [tenant],
        );
        continue;
      }
      if (Number(row[2]) === 1) continue;
      for (const due of await run(DUE, [tenant, canonicalTimestamp(now), room])) {
        const attempt = Number(due[5]);
        if (attempt > maxAttempts) {
          await run('UPDATE webhook_events SET next_attempt_at = NULL WHERE id = ?', [Number(due[1])]);
          continue;
        }
        await run(
          'UPDATE webhook_events SET next_attempt_at = ?, last_attempt_at = ?, delivery_attempts = ? WHERE id = ?',
          [lease, canonicalTimestamp(now), attempt, Number(due[1])],
        );
        claimed.push(due);
      }
    }
  }
  return claimed;
}

const DESTINATION = `
  SELECT 1, t.webhook_url, t.webhook_secret FROM webhook_events AS e JOIN tenants AS t ON t.id = e.tenant_id
  WHERE e.tenant_id = ? AND e.id = ? AND ${WAITING} AND t.is_active AND NOT t.webhooks_paused AND t.webhook_url <> ''`;

const GIVE_BACK = `
  UPDATE webhook_events AS e SET next_attempt_at = ?, delivery_attempts = e.delivery_attempts - 1,
    last_attempt_at = CASE WHEN e.delivery_attempts > 1 THEN e.last_attempt_at END
  WHERE e.tenant_id = ? AND e.id = ? AND ${WAITING} AND e.delivery_attempts = ?`;

export function sqliteOutbox({ run, transaction }: ExactRunner, { timestamp }: ExactDialect): Outbox {
  return {
    async claim(options) {
      const probe = await run(ANY_DUE, [canonicalTimestamp(new Date())]);
      if (probe.length === 0) return [];
      const claimed = await transaction((inside) => claimByTenant(inside, options));
      return claimed.map((row) => readDelivery(row, timestamp));
    },
    async destination({ tenantId, eventId }) {
      const [row] = await run(DESTINATION, [tenantId, eventId]);
      return row && readDestination(row);
    },
    async giveBack(deliveries) {
      if (deliveries.length === 0) return;
      const now = canonicalTimestamp(new Date());
      await transaction(async (inside) => {
        for (const { tenantId, eventId, attempt } of deliveries) {
          await inside(GIVE_BACK, [now, tenantId, eventId, attempt]);
        }
      });
    },
    async settle(outcomes) {
      if (outcomes.length === 0) return;
      await transaction(async (inside) => {
        for (const { tenantId, eventId, attempt = 0, delivered, next } of outcomes) {
          await inside(
            `UPDATE webhook_events SET delivered = ?, next_attempt_at = ?
             WHERE tenant_id = ? AND id = ? AND NOT delivered AND delivery_attempts >= ?`,
            [delivered ? 1 : 0, next, tenantId, eventId, attempt],
          );
        }
      });
    },
    async forgetAnswers({ before, most }) {
      const rows = await run(
        `DELETE FROM idempotency_keys WHERE (tenant_id, key) IN (
           SELECT tenant_id, key FROM idempotency_keys WHERE created_at < ? ORDER BY created_at LIMIT ?) RETURNING 1`,
        [before, most],
      );
      return rows.length;
    },
    forgetDelivered: (options) => transaction((inside) => forgetDelivered(inside, options)),
  };
}

const FIRST_OF_TENANT = `
  SELECT id, created_at FROM webhook_events WHERE tenant_id = ? AND id > ? ORDER BY id LIMIT 1`;

const FIRST_OF_NEXT_TENANT = `
  SELECT tenant_id, id FROM webhook_events WHERE tenant_id > ? ORDER BY tenant_id, id LIMIT 1`;

const LOOK = `
  SELECT id, created_at, delivered AND max(created_at, coalesce(last_attempt_at, created_at)) < ?
  FROM webhook_events WHERE tenant_id = ? AND id > ? ORDER BY id LIMIT ?`;

/** The same as the function vatevo_forget_delivered of PostgreSQL. */
async function forgetDelivered(
  run: Run,
  { before, most, after = BEFORE_ALL }: Parameters<Outbox['forgetDelivered']>[0],
): Promise<Forgotten> {
  let { tenantId, eventId } = after;
  let deleted = 0;
  for (let left = most; left > 1; ) {
    left--;
    const [first] = await run(FIRST_OF_TENANT, [tenantId, eventId]);
    if (first === undefined || String(first[1]) >= before) {
      const [next] = await run(FIRST_OF_NEXT_TENANT, [tenantId]);
      if (next === undefined) return { deleted, next: undefined };
      tenantId = Number(next[0]);
      eventId = Number(next[1]) - 1;
      continue;
    }
    const looked = await run(LOOK, [before, tenantId, eventId, left]);
    const old = looked.filter(([, , isOld]) => Number(isOld) === 1);
    for (const [id] of old) await run('DELETE FROM webhook_events WHERE id = ?', [id]);
    deleted += old.length;
    left -= looked.length;
    const isYoung = looked.some(([, createdAt]) => String(createdAt) >= before);
    eventId = isYoung ? Number.MAX_SAFE_INTEGER : Number(looked.at(-1)?.[0]);
  }
  return { deleted, next: { tenantId, eventId } };
}
