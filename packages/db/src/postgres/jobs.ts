import { askTogether } from '../ask-together.ts';
import { readDelivery, readDestination, readTenant, TENANT_COLUMNS } from '../exact/columns.ts';
import { isTenantId } from '../exact/ids.ts';
import type { ExactDialect, Run } from '../exact/runner.ts';
import { BEFORE_ALL, type EventPlace, type Outbox } from '../outbox.ts';
import type { TenantRegistry } from '../registry.ts';

/*
 * Both work through functions of the database (see the migrations), so that a login that is nothing but a member of
 * vatevo_app and vatevo_jobs can do this much and no more.
 */

/**
 * @param runForAll as the role of what is done for all tenants
 * @param isCluster whether any of its servers may be asked
 */
export function postgresRegistry(
  run: Run,
  runForAll: Run,
  dialect: ExactDialect,
  isCluster: () => boolean | Promise<boolean>,
): TenantRegistry {
  // Every request asks this: those that arrive together ask together.
  const find = askTogether(async (hashes: readonly string[]) => {
    const rows = await run(
      `SELECT ${TENANT_COLUMNS}, hash FROM unnest($1::text[]) AS hash, public.vatevo_tenant_by_key(hash)`,
      [hashes],
    );
    return new Map(rows.map((row) => [row.at(-1) as string, readTenant(row, dialect)]));
  });
  return {
    findByKeyHash: async (apiKeyHash) => (await find(apiKeyHash)) ?? null,
    async create({ name, apiKeyHash, apiKeyPrefix, webhookUrl = null, webhookSecret = null }) {
      const make = (await isCluster()) ? 'vatevo_create_tenant_on_shards' : 'vatevo_create_tenant';
      const [row] = await runForAll(`SELECT ${TENANT_COLUMNS} FROM public.${make}($1, $2, $3, $4, $5)`, [
        name,
        apiKeyHash,
        apiKeyPrefix,
        webhookUrl,
        webhookSecret,
      ]);
      return readTenant(row as unknown[], dialect);
    },
    async rotateKey({ tenantId, byKeyHash = null, apiKeyHash, apiKeyPrefix, graceSeconds }) {
      if (!isTenantId(tenantId)) return null;
      const [row] = await runForAll(
        `SELECT public.vatevo_rotate_api_key($1, $2, $3, $4, grace.until), grace.until
         FROM (SELECT now() + make_interval(secs => $5) AS until) AS grace`,
        [tenantId, byKeyHash, apiKeyHash, apiKeyPrefix, graceSeconds === 0 ? null : graceSeconds],
      );
      const [rotated, until = null] = row ?? [];
      if (!dialect.boolean(rotated)) return null;
      return { oldKeyUntil: until === null ? null : dialect.timestamp(until) };
    },
  };
}

/** @param isCluster whether the tables may be distributed, where other functions do the same */
export function postgresOutbox(
  run: Run,
  { timestamp }: ExactDialect,
  isCluster: () => boolean | Promise<boolean>,
): Outbox {
  const either = async (here: string, onShards: string) => `public.${(await isCluster()) ? onShards : here}`;
  // Deliveries of all tenants may ask this at once, and ask together then.
  const destination = askTogether(async (deliveries: readonly EventPlace[]) => {
    const rows = await run('SELECT number, url, secret FROM public.vatevo_destinations($1, $2)', [
      deliveries.map(({ tenantId }) => tenantId),
      deliveries.map(({ eventId }) => eventId),
    ]);
    return new Map(rows.map((row) => [deliveries[Number(row[0]) - 1] as EventPlace, readDestination(row)]));
  });
  return {
    destination,
    async giveBack(deliveries) {
      if (deliveries.length === 0) return;
      await run('SELECT public.vatevo_give_back($1, $2, $3)', [
        deliveries.map(({ tenantId }) => tenantId),
        deliveries.map(({ eventId }) => eventId),
        deliveries.map(({ attempt }) => attempt),
      ]);
    },
    async claim({ most, leaseSeconds, maxAttempts, perTenant = most, rooms = new Map(), after = 0 }) {
      const claim = await either('vatevo_claim_events', 'vatevo_claim_on_shards');
      const rows = await run(
        `SELECT tenant_id, id, event_type, payload, created_at, attempt, url, secret
         FROM ${claim}($1, $2, $3, $4, $5, $6, $7)`,
        [most, perTenant, after, [...rooms.keys()], [...rooms.values()], leaseSeconds, maxAttempts],
      );
      return rows.map((row) => readDelivery(row, timestamp));
    },
    async settle(outcomes) {
      if (outcomes.length === 0) return;
      await run('SELECT public.vatevo_settle_attempts($1, $2, $3, $4, $5)', [
        outcomes.map(({ tenantId }) => tenantId),
        outcomes.map(({ eventId }) => eventId),
        outcomes.map(({ attempt = null }) => attempt),
        outcomes.map(({ delivered }) => delivered),
        outcomes.map(({ next }) => next),
      ]);
    },
    async forgetAnswers({ before, most }) {
      const forget = await either('vatevo_forget_answers', 'vatevo_forget_answers_on_shards');
      const [row] = await run(`SELECT ${forget}($1, $2)`, [before, most]);
      return Number(row?.[0]);
    },
    async forgetDelivered({ before, most, after = BEFORE_ALL }) {
      const forget = await either('vatevo_forget_delivered', 'vatevo_forget_delivered_on_shards');
      const [row = []] = await run(`SELECT deleted, next_tenant, next_event FROM ${forget}($1, $2, $3, $4)`, [
        before,
        after.tenantId,
        after.eventId,
        most,
      ]);
      const [deleted, tenantId, eventId] = row;
      // Behind all events of a tenant: the highest number that PostgreSQL has is none of JavaScript's.
      const next = {
        tenantId: Number(tenantId),
        eventId: Math.min(Number(eventId), Number.MAX_SAFE_INTEGER),
      };
      return { deleted: Number(deleted), next: tenantId === null ? undefined : next };
    },
  };
}
