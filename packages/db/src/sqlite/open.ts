import { describeTarget, type PoolSettings, type SqliteTarget } from '@vatevo/connection';
import { readRecord, unlessRefused } from '../cutover/record.ts';
import { CHECK_TIMEOUT_MS, CLOSE_TIMEOUT_MS, type DbClient } from '../db-client.ts';
import { PrismaClient } from '../generated/sqlite/client.ts';
import type { DbObserver } from '../observer.ts';
import { once } from '../once.ts';
import { createTenantClient, type TransactionModels } from '../tenant-client.ts';
import { SqliteAdapter } from './adapter.ts';
import { checkSqlite } from './check.ts';
import { SQLITE_DIALECT, sqliteRunner } from './exact-runner.ts';
import { sqliteOutbox, sqliteRegistry } from './jobs.ts';
import { refuseInexact } from './refuse-inexact.ts';

/** The client over one connection to a SQLite file. */
export function openSqlite(
  target: SqliteTarget,
  { timeoutSeconds }: PoolSettings,
  observer: DbObserver,
): DbClient {
  const { file } = target;
  const adapter = new SqliteAdapter(file, timeoutSeconds, observer);
  const prisma = new PrismaClient({
    adapter: adapter.factory,
    // How long a transaction waits for its turn is the turnstile's business; it must be the one to speak.
    transactionOptions: { maxWait: timeoutSeconds * 1000 + 1000 },
  });
  const close = once(async (timeoutMs: number) => {
    await adapter.close(timeoutMs);
    await prisma.$disconnect();
  });
  const extended = prisma.$extends({
    query: {
      $allModels: {
        async $allOperations({ args, query }) {
          refuseInexact(args);
          return query(args);
        },
      },
    },
  });
  const runner = sqliteRunner(adapter);
  return extended.$extends({
    client: {
      registry: sqliteRegistry(runner, SQLITE_DIALECT),
      outbox: sqliteOutbox(runner, SQLITE_DIALECT),
      forTenant: (tenantId: number) =>
        createTenantClient(tenantId, SQLITE_DIALECT, runner, (work) =>
          extended.$transaction((models) => work(models as unknown as TransactionModels)),
        ),
      describeConnection: () => describeTarget(target),
      checkDatabase: ({ timeoutMs = CHECK_TIMEOUT_MS } = {}) => checkSqlite(file, timeoutMs),
      readCutover: () => unlessRefused(() => readRecord(runner.run, 'sqlite')),
      poolStats: () => adapter.stats,
      close: ({ timeoutMs = CLOSE_TIMEOUT_MS } = {}) => close(timeoutMs),
    },
  }) as unknown as DbClient;
}
