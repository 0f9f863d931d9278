import {
  describeTarget,
  type PoolSettings,
  type PostgresTarget,
  type ReplicaSettings,
} from '@vatevo/connection';
import { askServerRecord } from '@vatevo/cutover-state';
import { unlessRefused } from '../cutover/record.ts';
import { CHECK_TIMEOUT_MS, CLOSE_TIMEOUT_MS, type DbClient } from '../db-client.ts';
import { makeClient } from '../extensible.ts';
import { PrismaClient } from '../generated/postgres/client.ts';
import type { DbObserver } from '../observer.ts';
import { once } from '../once.ts';
import { prismaOptions } from '../prisma-options.ts';
import { createTenantClient } from '../tenant-client.ts';
import { guardCalls } from '../transaction/guard-calls.ts';
import type { Scope } from '../transaction/scope.ts';
import { transactOn } from '../transaction/transact.ts';
import { adapterFactory } from './adapter.ts';
import { checkPostgres } from './check.ts';
import { jobsRunner, loginRunner, postgresDialect, promptJobsRunner, tenantRunner } from './exact-runner.ts';
import { postgresOutbox, postgresRegistry } from './jobs.ts';
import { ConnectionPool } from './pool.ts';
import { Replicas } from './replicas.ts';

interface PostgresParts {
  readonly observer: DbObserver;
  readonly whenClosed: () => void;
  readonly replicas?: ReplicaSettings | undefined;
}

/** The client over a pool of PostgreSQL connections. */
export function openPostgres(
  target: PostgresTarget,
  settings: PoolSettings,
  { observer, whenClosed, replicas: replicated }: PostgresParts,
): DbClient {
  const pool = new ConnectionPool(target, settings, observer);
  const replicas = replicated && new Replicas(replicated, pool, settings, observer);
  if (replicas) pool.whenTenantWrote = (tenantId, position) => replicas.wrote(tenantId, position);
  const clientOf = (scope: Scope) =>
    new PrismaClient({
      adapter: adapterFactory(pool, scope),
      ...prismaOptions(settings),
    });
  const clients = { login: clientOf('login'), tenant: clientOf('tenant') };
  const close = once(async (timeoutMs: number) => {
    whenClosed();
    await Promise.all([pool.close(timeoutMs), replicas?.close(timeoutMs)]);
    await Promise.all([clients.login.$disconnect(), clients.tenant.$disconnect()]);
  });
  const run = loginRunner(pool);
  const dialect = postgresDialect(pool);
  const isCluster = () => pool.isCluster();
  return makeClient({
    clients,
    guard: guardCalls(),
    members: ({ login, tenant }) => ({
      transaction: transactOn(login),
      registry: postgresRegistry(run, promptJobsRunner(pool), dialect, isCluster),
      outbox: postgresOutbox(jobsRunner(pool), dialect, isCluster),
      forTenant: (tenantId, reads) =>
        createTenantClient(
          tenantId,
          dialect,
          tenantRunner(pool, tenantId, replicas, reads),
          transactOn(tenant, tenantId),
          () => replicas?.lastWrite(tenantId),
        ),
      describeConnection: () => describeTarget(target),
      checkDatabase: ({ timeoutMs = CHECK_TIMEOUT_MS } = {}) => checkPostgres(target, timeoutMs),
      readCutover: () => unlessRefused(() => askServerRecord(run)),
      poolStats: () => pool.stats,
      replicaStats: () => replicas?.stats ?? [],
      close: ({ timeoutMs = CLOSE_TIMEOUT_MS } = {}) => close(timeoutMs),
    }),
  });
}
