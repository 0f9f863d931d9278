import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type {
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQuery,
  SqlResultSet,
  Transaction,
} from '@prisma/driver-adapter-utils';
import { ConnectionError } from '@vatevo/connection';
import { askFileRecord, knownState, UnknownCutoverStateError } from '@vatevo/cutover-state';
import { explainFence } from '../cutover/fence.ts';
import type { PoolStats } from '../db-client.ts';
import { ClientClosedError, DatabaseLockedError, PoolTimeoutError } from '../errors.ts';
import { observeQuery } from '../observe-query.ts';
import type { ConnectionProblem, DbObserver } from '../observer.ts';
import { readMark } from '../raw-mark.ts';
import { Attempt } from '../transaction/attempt.ts';
import { firstWords, refuseControl } from '../transaction/control-statement.ts';
import { noScripts, outsideOfTenant, type Scope } from '../transaction/scope.ts';
import { bindAsOurText } from './bind-values.ts';
import { ConnectionMutex } from './connection-mutex.ts';
import { fileIdentity, fileMissing } from './file.ts';
import { isLocked, retryWhileBusy } from './retry-while-busy.ts';
import { SqliteTransaction, type TransactionHost } from './transaction.ts';

/** What better-sqlite3 is compiled for, and PostgreSQL takes, too; Prisma would assume 999 for every SQLite. */
const MAX_BIND_VALUES = 32_766;

const NAMES = { provider: 'sqlite', adapterName: '@prisma/adapter-better-sqlite3' } as const;

/** A connection, and the file that it was opened on. */
interface Connection {
  readonly adapter: SqlDriverAdapter;
  readonly identity: string;
}

/** Statements that leave nothing behind in the connection. Others may: PRAGMA, ATTACH, temporary tables. */
const LEAVES_NOTHING: ReadonlySet<string> = new Set([
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'REPLACE',
  'WITH',
  'VALUES',
  'EXPLAIN',
]);

/**
 * Prisma's SQLite adapter with what several callers at a time need put around it:
 *
 * 1. One caller at a time (see {@link ConnectionMutex}), a transaction as a whole.
 * 2. A file that another process has locked is waited for without holding up this process.
 * 3. Transactions take the lock for writing when they begin, so that none is refused it half-way.
 * 4. Amounts and times are stored as the texts of our format (see {@link bindAsOurText}).
 * 5. A file that was replaced is opened anew: what is written into one that has no name any more is lost.
 * 6. It is opened anew, too, when a caller's own SQL may have left something behind in the connection.
 */
export class SqliteAdapter {
  readonly #mutex: ConnectionMutex;
  readonly #file: string;
  readonly #timeoutSeconds: number;
  readonly #observer: DbObserver;
  #connection: Connection | undefined;
  /** Whether somebody's own SQL may have changed what the next caller would find. */
  #isUsedUp = false;
  /** The one that is open. */
  #transaction: SqliteTransaction | undefined;
  #closed = false;

  constructor(file: string, timeoutSeconds: number, observer: DbObserver) {
    this.#file = file;
    this.#timeoutSeconds = timeoutSeconds;
    this.#observer = observer;
    this.#mutex = new ConnectionMutex(timeoutSeconds);
  }

  /** For Prisma's client, which asks for an adapter at its first query, and again when it was disconnected. */
  factory(scope: Scope): SqlDriverAdapterFactory {
    return { ...NAMES, connect: async () => (scope === 'login' ? this.#ofLogin() : this.#ofTenants()) };
  }

  get stats(): PoolStats {
    const { inUse, waiting, takenMs } = this.#mutex;
    const open = this.#connection === undefined ? 0 : 1;
    return { size: 1, min: 0, open, inUse, waiting, exhaustedMs: takenMs };
  }

  queryRaw(marked: SqlQuery): Promise<SqlResultSet> {
    return this.#alone(marked, (adapter, query) => adapter.queryRaw(bindAsOurText(query)));
  }

  executeRaw(marked: SqlQuery): Promise<number> {
    return this.#alone(marked, (adapter, query) => adapter.executeRaw(bindAsOurText(query)));
  }

  async begin(attempt: Attempt): Promise<SqliteTransaction> {
    const leave = await this.#enter();
    try {
      const inner = await this.#retryWhileBusy(async () => begin(await this.#connect()));
      this.#transaction = new SqliteTransaction(inner, this.#hostOf(leave), attempt);
      return this.#transaction;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Refuses further calls, waits for the one at work, at most `timeoutMs`, and closes the file. */
  async close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    await this.#mutex.idle(timeoutMs);
    this.#transaction?.end(new ClientClosedError());
    await this.#connection?.adapter.dispose();
    this.#connection = undefined;
  }

  #ofLogin(): SqlDriverAdapter {
    return {
      ...NAMES,
      getConnectionInfo: () => ({ maxBindValues: MAX_BIND_VALUES, supportsRelationJoins: false }),
      queryRaw: (query) => this.queryRaw(query),
      executeRaw: (query) => this.executeRaw(query),
      executeScript: () => Promise.reject(noScripts()),
      startTransaction: () => this.begin(Attempt.take() ?? Attempt.ofPrisma()),
      // Prisma's client lets go of it; the file stays open until it is closed.
      dispose: async () => undefined,
    };
  }

  /** Behind it nothing runs but inside a transaction that was begun for a tenant, as on PostgreSQL. */
  #ofTenants(): SqlDriverAdapter {
    const refuse = () => Promise.reject(outsideOfTenant());
    return {
      ...this.#ofLogin(),
      queryRaw: refuse,
      executeRaw: refuse,
      startTransaction: () => {
        const attempt = Attempt.take();
        return attempt?.tenantId === undefined ? refuse() : this.begin(attempt);
      },
    };
  }

  #hostOf(leave: () => void): TransactionHost {
    return {
      run: (sql, work) => observeQuery(this.#observer, sql, () => this.#retryWhileBusy(work)),
      ranRawSql: (sql) => this.#ranRawSql(sql),
      leave: () => {
        this.#transaction = undefined;
        this.#renew();
        leave();
      },
    };
  }

  async #alone<T>(
    marked: SqlQuery,
    work: (adapter: SqlDriverAdapter, query: SqlQuery) => Promise<T>,
  ): Promise<T> {
    const { query, isRaw } = readMark(marked);
    if (isRaw) refuseControl(query.sql, 'sqlite');
    const leave = await this.#enter();
    try {
      if (isRaw) this.#ranRawSql(query.sql);
      return await observeQuery(this.#observer, query.sql, () =>
        this.#retryWhileBusy(async () => work(await this.#connect(), query)),
      );
    } finally {
      this.#renew();
      leave();
    }
  }

  #ranRawSql(sql: string): void {
    const [first] = firstWords(sql, 'sqlite');
    if (!LEAVES_NOTHING.has(first)) this.#isUsedUp = true;
  }

  /** Closes a connection in which something may have been left; the next call opens another one. */
  #renew(): void {
    if (!this.#isUsedUp) return;
    this.#isUsedUp = false;
    void this.#connection?.adapter.dispose();
    this.#connection = undefined;
  }

  async #enter(): Promise<() => void> {
    if (this.#closed) throw new ClientClosedError();
    const leave = await this.#takeTurn();
    if (!this.#closed) return leave;
    leave();
    throw new ClientClosedError();
  }

  async #takeTurn(): Promise<() => void> {
    const start = performance.now();
    try {
      return await this.#mutex.enter();
    } catch (error) {
      this.#tell(error);
      throw error;
    } finally {
      this.#observer.connectionWaited?.(performance.now() - start);
    }
  }

  async #retryWhileBusy<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await retryWhileBusy(this.#file, this.#timeoutSeconds, work);
    } catch (error) {
      this.#tell(error);
      throw explainFence(error);
    }
  }

  #tell(error: unknown): void {
    const problem = problemOf(error);
    if (problem) this.#observer.connectionFailed?.(problem);
  }

  async #connect(): Promise<SqlDriverAdapter> {
    const identity = fileIdentity(this.#file);
    if (this.#connection && this.#connection.identity !== identity) {
      await this.#connection.adapter.dispose();
      this.#connection = undefined;
    }
    if (identity === undefined) throw fileMissing(this.#file);
    this.#connection ??= { identity, adapter: await openFile(this.#file) };
    return this.#connection.adapter;
  }
}

function problemOf(error: unknown): ConnectionProblem | undefined {
  if (error instanceof ConnectionError) return error.reason;
  if (error instanceof DatabaseLockedError) return 'locked';
  return error instanceof PoolTimeoutError ? 'pool-timeout' : undefined;
}

/** @throws UnknownCutoverStateError when a later release has to tell who serves it */
async function openFile(file: string): Promise<SqlDriverAdapter> {
  const adapter = await new PrismaBetterSqlite3({ url: file, fileMustExist: true, timeout: 0 }).connect();
  try {
    // Letters are told apart by LIKE as by every other comparison, and as PostgreSQL tells them.
    await adapter.executeScript('PRAGMA case_sensitive_like = ON');
    const record = await askFileRecord(
      async (sql) => (await adapter.queryRaw({ sql, args: [], argTypes: [] })).rows,
    );
    if (record) knownState(`The SQLite file ${file}`, record);
  } catch (error) {
    if (error instanceof UnknownCutoverStateError || isLocked(error)) {
      await adapter.dispose();
      throw error;
    }
    // Whatever else is the matter with the file, the caller's own statement finds out.
  }
  return adapter;
}

async function begin(adapter: SqlDriverAdapter): Promise<Transaction> {
  const transaction = await adapter.startTransaction();
  try {
    // The adapter has begun a transaction that would ask for the lock only at its first write.
    for (const sql of ['COMMIT', 'BEGIN IMMEDIATE']) {
      await transaction.executeRaw({ sql, args: [], argTypes: [] });
    }
    return transaction;
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}
