import { readDelivery, readTenant, TENANT_COLUMNS } from '../exact/columns.ts';
import type { ExactDialect, ExactRunner } from '../exact/runner.ts';
import { canonicalTimestamp } from '../exact/timestamp.ts';
import type { Outbox } from '../outbox.ts';
import type { TenantRegistry } from '../registry.ts';

export function sqliteRegistry({ run }: ExactRunner, dialect: ExactDialect): TenantRegistry {
  return {
    async findByKeyHash(apiKeyHash) {
      const [row] = await run(`SELECT ${TENANT_COLUMNS} FROM tenants WHERE api_key_hash = ?`, [apiKeyHash]);
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
  };
}

const DUE = `
  SELECT e.tenant_id, e.id, e.event_type, e.payload, e.created_at, e.delivery_attempts + 1, t.webhook_url, t.webhook_secret,
    t.is_active AND coalesce(t.webhook_url, '') <> '' AND e.delivery_attempts < ?
  FROM webhook_events AS e JOIN tenants AS t ON t.id = e.tenant_id
  WHERE NOT e.delivered AND e.next_attempt_at <= ?
  ORDER BY e.next_attempt_at LIMIT ?`;

export function sqliteOutbox({ run, transaction }: ExactRunner, { timestamp }: ExactDialect): Outbox {
  return {
    async claim({ most, leaseSeconds, mostAttempts }) {
      // Most of the time nothing is due, and asking takes no lock.
      const probe = await run(DUE, [mostAttempts, canonicalTimestamp(new Date()), 1]);
      if (probe.length === 0) return [];
      return transaction(async (runInside) => {
        const now = new Date();
        const due = await runInside(DUE, [mostAttempts, canonicalTimestamp(now), most]);
        const lease = canonicalTimestamp(new Date(now.getTime() + leaseSeconds * 1000));
        for (const row of due) {
          const wanted = Number(row[8]) === 1;
          await runInside(
            wanted
              ? 'UPDATE webhook_events SET next_attempt_at = ?, last_attempt_at = ?, delivery_attempts = ? WHERE id = ?'
              : 'UPDATE webhook_events SET next_attempt_at = NULL WHERE id = ?',
            wanted ? [lease, canonicalTimestamp(now), Number(row[5]), Number(row[1])] : [Number(row[1])],
          );
        }
        return due.filter((row) => Number(row[8]) === 1).map((row) => readDelivery(row, timestamp));
      });
    },
    async delivered({ tenantId, eventId }) {
      await run(
        'UPDATE webhook_events SET delivered = 1, next_attempt_at = NULL WHERE tenant_id = ? AND id = ?',
        [tenantId, eventId],
      );
    },
    async postpone({ tenantId, eventId }, until) {
      await run(
        'UPDATE webhook_events SET next_attempt_at = ? WHERE tenant_id = ? AND id = ? AND NOT delivered',
        [until, tenantId, eventId],
      );
    },
    async forgetAnswers(before) {
      await run('DELETE FROM idempotency_keys WHERE created_at < ?', [before]);
    },
  };
}
