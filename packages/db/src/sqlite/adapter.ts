import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type {
  IsolationLevel,
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQuery,
  SqlResultSet,
  Transaction,
} from '@prisma/driver-adapter-utils';
import { ConnectionError } from '@vatevo/connection';
import { explainFence } from '../cutover/fence.ts';
import type { PoolStats } from '../db-client.ts';
import { ClientClosedError, DatabaseLockedError, PoolTimeoutError } from '../errors.ts';
import { observeQuery } from '../observe-query.ts';
import type { ConnectionProblem, DbObserver } from '../observer.ts';
import { bindAsOurText } from './bind-values.ts';
import { fileIdentity, fileMissing } from './file.ts';
import { patiently } from './patience.ts';
import { Turnstile } from './turnstile.ts';

/** A connection, and the file that it was opened on. */
interface Connection {
  readonly adapter: SqlDriverAdapter;
  readonly identity: string;
}

/**
 * Prisma's SQLite adapter with what several callers at a time need put around it:
 *
 * 1. One caller at a time (see {@link Turnstile}), a transaction as a whole.
 * 2. A file that another process has locked is waited for without holding up this process.
 * 3. Transactions take the lock for writing when they begin, so that none is refused it half-way.
 * 4. Amounts and times are stored as the texts of our format (see {@link bindAsOurText}).
 * 5. A file that was replaced is opened anew: what is written into one that has no name any more is lost.
 */
export class SqliteAdapter implements SqlDriverAdapter {
  readonly provider = 'sqlite';
  readonly adapterName = '@prisma/adapter-better-sqlite3';
  readonly #turnstile: Turnstile;
  readonly #file: string;
  readonly #timeoutSeconds: number;
  readonly #observer: DbObserver;
  #connection: Connection | undefined;
  #closed = false;

  constructor(file: string, timeoutSeconds: number, observer: DbObserver) {
    this.#file = file;
    this.#timeoutSeconds = timeoutSeconds;
    this.#observer = observer;
    this.#turnstile = new Turnstile(timeoutSeconds);
  }

  /** For Prisma's client, which asks for an adapter at its first query, and again when it was disconnected. */
  get factory(): SqlDriverAdapterFactory {
    return { provider: this.provider, adapterName: this.adapterName, connect: () => Promise.resolve(this) };
  }

  get stats(): PoolStats {
    const { inUse, waiting, takenMs } = this.#turnstile;
    const open = this.#connection === undefined ? 0 : 1;
    return { size: 1, min: 0, open, inUse, waiting, exhaustedMs: takenMs };
  }

  queryRaw(query: SqlQuery): Promise<SqlResultSet> {
    return this.#alone(query.sql, (adapter) => adapter.queryRaw(bindAsOurText(query)));
  }

  executeRaw(query: SqlQuery): Promise<number> {
    return this.#alone(query.sql, (adapter) => adapter.executeRaw(bindAsOurText(query)));
  }

  executeScript(script: string): Promise<void> {
    return this.#alone(script, (adapter) => adapter.executeScript(script));
  }

  async startTransaction(isolationLevel?: IsolationLevel): Promise<Transaction> {
    const leave = await this.#enter();
    try {
      const transaction = await this.#patiently(async () => begin(await this.#connect(), isolationLevel));
      return alone(transaction, this.#observer, (work) => this.#patiently(work), leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Prisma's client lets go of it; the file stays open until {@link close}. */
  async dispose(): Promise<void> {}

  /** Refuses further calls, waits for the one at work, at most `timeoutMs`, and closes the file. */
  async close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    await this.#turnstile.idle(timeoutMs);
    await this.#connection?.adapter.dispose();
    this.#connection = undefined;
  }

  async #alone<T>(sql: string, work: (adapter: SqlDriverAdapter) => Promise<T>): Promise<T> {
    const leave = await this.#enter();
    try {
      return await observeQuery(this.#observer, sql, () =>
        this.#patiently(async () => work(await this.#connect())),
      );
    } finally {
      leave();
    }
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
      return await this.#turnstile.enter();
    } catch (error) {
      this.#tell(error);
      throw error;
    } finally {
      this.#observer.connectionWaited?.(performance.now() - start);
    }
  }

  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await patiently(this.#file, this.#timeoutSeconds, work);
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

function openFile(file: string): Promise<SqlDriverAdapter> {
  return new PrismaBetterSqlite3({ url: file, fileMustExist: true, timeout: 0 }).connect();
}

async function begin(adapter: SqlDriverAdapter, isolationLevel?: IsolationLevel): Promise<Transaction> {
  const transaction = await adapter.startTransaction(isolationLevel);
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

/**
 * The transaction with values bound as ours; it gives the turn back at its end. Without a write-ahead log its COMMIT
 * has to wait for those who read; SQLite lets it be tried again.
 */
function alone(
  transaction: Transaction,
  observer: DbObserver,
  patient: <T>(work: () => Promise<T>) => Promise<T>,
  leave: () => void,
): Transaction {
  const observed = <T>(query: SqlQuery, run: (bound: SqlQuery) => Promise<T>) =>
    observeQuery(observer, query.sql, () => patient(() => run(bindAsOurText(query))));
  return {
    provider: transaction.provider,
    adapterName: transaction.adapterName,
    options: transaction.options,
    queryRaw: (query) => observed(query, (bound) => transaction.queryRaw(bound)),
    executeRaw: (query) => observed(query, (bound) => transaction.executeRaw(bound)),
    commit: () => transaction.commit().finally(leave),
    rollback: () => rollBack(transaction).finally(leave),
    createSavepoint: async (name) => transaction.createSavepoint?.(name),
    rollbackToSavepoint: async (name) => transaction.rollbackToSavepoint?.(name),
    releaseSavepoint: async (name) => transaction.releaseSavepoint?.(name),
  };
}

/** A COMMIT that was refused leaves the transaction open, and the next caller must not find it so. */
async function rollBack(transaction: Transaction): Promise<void> {
  await transaction.executeRaw({ sql: 'ROLLBACK', args: [], argTypes: [] }).catch(() => undefined);
  await transaction.rollback();
}
