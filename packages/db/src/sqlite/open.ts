import { describeTarget, type PoolSettings, type SqliteTarget } from '@vatevo/connection';
import { askFileRecord } from '@vatevo/cutover-state';
import { unlessRefused } from '../cutover/record.ts';
import { CHECK_TIMEOUT_MS, CLOSE_TIMEOUT_MS, type DbClient } from '../db-client.ts';
import { makeClient, type PrismaClients } from '../extensible.ts';
import { PrismaClient } from '../generated/sqlite/client.ts';
import type { DbObserver } from '../observer.ts';
import { once } from '../once.ts';
import { prismaOptions } from '../prisma-options.ts';
import { createTenantClient } from '../tenant-client.ts';
import { guardCalls } from '../transaction/guard-calls.ts';
import type { Scope } from '../transaction/scope.ts';
import { transactOn } from '../transaction/transact.ts';
import { SqliteAdapter } from './adapter.ts';
import { checkSqlite } from './check.ts';
import { SQLITE_DIALECT, sqliteRunner } from './exact-runner.ts';
import { sqliteOutbox, sqliteRegistry } from './jobs.ts';
import { refuseOnSqlite } from './refuse-on-sqlite.ts';

/** The client over one connection to a SQLite file. */
export function openSqlite(
  target: SqliteTarget,
  settings: PoolSettings,
  { observer, whenClosed }: { readonly observer: DbObserver; readonly whenClosed: () => void },
): DbClient {
  const { file } = target;
  const adapter = new SqliteAdapter(file, settings.timeoutSeconds, observer);
  const clientOf = (scope: Scope) =>
    new PrismaClient({
      adapter: adapter.factory(scope),
      ...prismaOptions(settings),
    });
  const clients = { login: clientOf('login'), tenant: clientOf('tenant') };
  const close = once(async (timeoutMs: number) => {
    whenClosed();
    await adapter.close(timeoutMs);
    await Promise.all([clients.login.$disconnect(), clients.tenant.$disconnect()]);
  });
  const runner = sqliteRunner(adapter);
  return makeClient({
    clients: clients as unknown as PrismaClients,
    guard: guardCalls(refuseOnSqlite),
    members: ({ login, tenant }) => ({
      transaction: transactOn(login),
      registry: sqliteRegistry(runner, SQLITE_DIALECT),
      outbox: sqliteOutbox(runner, SQLITE_DIALECT),
      forTenant: (tenantId) =>
        createTenantClient(tenantId, SQLITE_DIALECT, runner, transactOn(tenant, tenantId)),
      describeConnection: () => describeTarget(target),
      checkDatabase: ({ timeoutMs = CHECK_TIMEOUT_MS } = {}) => checkSqlite(file, timeoutMs),
      readCutover: () => unlessRefused(() => askFileRecord(runner.run)),
      poolStats: () => adapter.stats,
      replicaStats: () => [],
      close: ({ timeoutMs = CLOSE_TIMEOUT_MS } = {}) => close(timeoutMs),
    }),
  });
}
