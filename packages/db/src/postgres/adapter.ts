import { PrismaPg } from '@prisma/adapter-pg';
import type {
  ConnectionInfo,
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  IsolationLevel as SqlIsolationLevel,
  SqlQuery,
  SqlResultSet,
  Transaction,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { TransactionMisuseError } from '../errors.ts';
import { readMark } from '../raw-mark.ts';
import { Attempt } from '../transaction/attempt.ts';
import { refuseControl } from '../transaction/control-statement.ts';
import { isolationFromSql } from '../transaction/options.ts';
import { noScripts, outsideOfTenant, type Scope } from '../transaction/scope.ts';
import type { QueryConfig } from './opened-query.ts';
import type { ConnectionPool, LentClient } from './pool.ts';
import { onFreshPlans, unlessStale } from './stale-plan.ts';
import { PostgresTransaction } from './transaction.ts';

type Send = (config: QueryConfig) => Promise<pg.QueryResult>;

/** What Prisma's adapter takes for a pool: it converts values and errors, and `send` sees to the connection. */
class Sender extends pg.Pool {
  readonly #send: Send;

  constructor(send: Send) {
    super({ max: 1 });
    this.#send = send;
  }

  override query(config: unknown): never {
    return this.#send(config as QueryConfig) as never;
  }
}

const convert = (send: Send): Promise<SqlDriverAdapter> => new PrismaPg(new Sender(send)).connect();

/**
 * Prisma's adapter over our pool and our transactions.
 *
 * In the scope of tenants nothing runs but inside a transaction that was begun for a tenant: by whatever way
 * somebody gets from a tenant's models to the client behind them, he finds nothing there that works.
 */
async function connectAdapter(pool: ConnectionPool, scope: Scope): Promise<SqlDriverAdapter> {
  const models = await convert((config) =>
    onFreshPlans(() =>
      pool.lend(
        (client) => unlessStale(client, () => client.queryModel(asTaken(client, config))),
        pool.statementTimeoutMs,
      ),
    ),
  );
  const raw = await convert((config) =>
    pool.lend((client) => runWhole(client, config), pool.statementTimeoutMs),
  );
  const info: ConnectionInfo = models.getConnectionInfo?.() ?? { supportsRelationJoins: true };

  const alone = async <T>(
    marked: SqlQuery,
    run: (adapter: SqlDriverAdapter, query: SqlQuery) => Promise<T>,
  ) => {
    if (scope === 'tenant') throw outsideOfTenant();
    const { query, isRaw } = readMark(marked);
    if (!isRaw) return run(models, query);
    refuseControl(query.sql, 'postgres');
    return run(raw, query);
  };

  return {
    provider: models.provider,
    adapterName: models.adapterName,
    getConnectionInfo: () => info,
    queryRaw: (marked) => alone(marked, (adapter, query) => adapter.queryRaw(query)),
    executeRaw: (marked) => alone(marked, (adapter, query) => adapter.executeRaw(query)),
    executeScript: () => Promise.reject(noScripts()),
    startTransaction: async (isolation) => beginFor(pool, attemptOf(scope, isolation)),
    // The pool is closed by the client.
    dispose: async () => undefined,
  };
}

/** For Prisma's client, which asks for an adapter at its first query, and again when it was disconnected. */
export function adapterFactory(pool: ConnectionPool, scope: Scope): SqlDriverAdapterFactory {
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => connectAdapter(pool, scope),
  };
}

/**
 * Prisma has enums returned as text, by a cast that a cluster refuses behind a write. Without it they are the same text to
 * Prisma.
 */
function asTaken({ isCluster }: LentClient, config: QueryConfig): QueryConfig {
  const returned = isCluster ? config.text.lastIndexOf(' RETURNING ') : -1;
  if (returned < 0) return config;
  const text = config.text.slice(0, returned) + config.text.slice(returned).replace(/"::text(?!\[)/g, '"');
  return { ...config, text };
}

/**
 * Runs SQL of the caller's own outside of any transaction. A text may hold several statements, and so begin a
 * transaction that nobody would end.
 */
async function runWhole(client: LentClient, config: QueryConfig): Promise<pg.QueryResult> {
  const answer = await client.queryOwn(config);
  if (client.transactionStatus === 'I') return answer;
  throw new TransactionMisuseError(
    'The SQL began a transaction and left it open, so it was rolled back: use db.transaction.',
  );
}

function attemptOf(scope: Scope, isolation: SqlIsolationLevel | undefined): Attempt {
  const attempt = Attempt.take();
  if (scope === 'tenant' && attempt?.tenantId === undefined) throw outsideOfTenant();
  return attempt ?? Attempt.ofPrisma(isolation && isolationFromSql(isolation));
}

async function beginFor(pool: ConnectionPool, attempt: Attempt): Promise<Transaction> {
  const transaction = await PostgresTransaction.begin(pool, attempt);
  const adapter = await convert((config) =>
    transaction.query((client, opening) => client.queryOpened(asTaken(client, config), opening)),
  );
  const raw = await convert((config) => transaction.queryOwn(config));
  const read = (marked: SqlQuery): readonly [SqlDriverAdapter, SqlQuery] => {
    const { query, isRaw } = readMark(marked);
    if (!isRaw) return [adapter, query];
    refuseControl(query.sql, 'postgres');
    return [raw, query];
  };
  const savepoint = async (sql: string) => void (await adapter.executeRaw({ sql, args: [], argTypes: [] }));
  return {
    provider: adapter.provider,
    adapterName: adapter.adapterName,
    // Prisma leaves COMMIT and ROLLBACK to us.
    options: { usePhantomQuery: true },
    queryRaw: async (marked): Promise<SqlResultSet> => {
      const [runner, query] = read(marked);
      return runner.queryRaw(query);
    },
    executeRaw: async (marked) => {
      const [runner, query] = read(marked);
      return runner.executeRaw(query);
    },
    commit: () => transaction.commit(),
    rollback: () => transaction.rollback(),
    createSavepoint: (name) => savepoint(`SAVEPOINT ${name}`),
    rollbackToSavepoint: (name) => savepoint(`ROLLBACK TO SAVEPOINT ${name}`),
    releaseSavepoint: (name) => savepoint(`RELEASE SAVEPOINT ${name}`),
  };
}
