import { describeTarget, type PoolSettings, type SqliteTarget } from '@vatevo/connection';
import { CHECK_TIMEOUT_MS, CLOSE_TIMEOUT_MS, type DbClient } from '../db-client.ts';
import { createExactAccess } from '../exact/exact-access.ts';
import { PrismaClient } from '../generated/sqlite/client.ts';
import type { DbObserver } from '../observer.ts';
import { once } from '../once.ts';
import { SqliteAdapter } from './adapter.ts';
import { checkSqlite } from './check.ts';
import { sqliteRunner } from './exact-runner.ts';
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
  return prisma.$extends({
    query: {
      $allModels: {
        async $allOperations({ args, query }) {
          refuseInexact(args);
          return query(args);
        },
      },
    },
    client: {
      exact: createExactAccess(sqliteRunner(adapter)),
      describeConnection: () => describeTarget(target),
      checkDatabase: ({ timeoutMs = CHECK_TIMEOUT_MS } = {}) => checkSqlite(file, timeoutMs),
      poolStats: () => adapter.stats,
      close: ({ timeoutMs = CLOSE_TIMEOUT_MS } = {}) => close(timeoutMs),
    },
  }) as unknown as DbClient;
}
