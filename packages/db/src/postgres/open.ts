import { PrismaPg } from '@prisma/adapter-pg';
import { describeTarget, type PoolSettings, type PostgresTarget } from '@vatevo/connection';
import { readRecord, unlessRefused } from '../cutover/record.ts';
import { CHECK_TIMEOUT_MS, CLOSE_TIMEOUT_MS, type DbClient } from '../db-client.ts';
import { PrismaClient } from '../generated/postgres/client.ts';
import type { DbObserver } from '../observer.ts';
import { once } from '../once.ts';
import { createTenantClient, type TenantClient, type TransactionModels } from '../tenant-client.ts';
import { checkPostgres } from './check.ts';
import { actAs, loginRunner, POSTGRES_DIALECT, tenantRunner } from './exact-runner.ts';
import { postgresOutbox, postgresRegistry } from './jobs.ts';
import { ConnectionPool } from './pool.ts';

/** The client over a pool of PostgreSQL connections. */
export function openPostgres(target: PostgresTarget, settings: PoolSettings, observer: DbObserver): DbClient {
  const pool = new ConnectionPool(target, settings, observer);
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool),
    // How long a transaction waits for its connection is the pool's business; it must be the one to speak.
    transactionOptions: { maxWait: settings.timeoutSeconds * 1000 + 1000 },
  });
  const close = once(async (timeoutMs: number) => {
    await pool.close(timeoutMs);
    await prisma.$disconnect();
  });
  const transactionOf =
    (tenantId: number): TenantClient['transaction'] =>
    (work) =>
      prisma.$transaction(async (models) => {
        for (const statement of actAs(tenantId).split('; ')) await models.$executeRawUnsafe(statement);
        return work(models as TransactionModels);
      });
  const run = loginRunner(pool);
  return prisma.$extends({
    client: {
      registry: postgresRegistry(run, POSTGRES_DIALECT),
      outbox: postgresOutbox(run, POSTGRES_DIALECT),
      forTenant: (tenantId: number) =>
        createTenantClient(tenantId, POSTGRES_DIALECT, tenantRunner(pool, tenantId), transactionOf(tenantId)),
      describeConnection: () => describeTarget(target),
      checkDatabase: ({ timeoutMs = CHECK_TIMEOUT_MS } = {}) => checkPostgres(target, timeoutMs),
      readCutover: () => unlessRefused(() => readRecord(run, 'postgres')),
      poolStats: () => pool.stats,
      close: ({ timeoutMs = CLOSE_TIMEOUT_MS } = {}) => close(timeoutMs),
    },
  }) as unknown as DbClient;
}
