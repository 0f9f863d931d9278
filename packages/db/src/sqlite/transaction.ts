import type { SqlQuery, SqlResultSet, Transaction } from '@prisma/driver-adapter-utils';
import { TransactionFailedError } from '../errors.ts';
import { readMark } from '../raw-mark.ts';
import type { Attempt } from '../transaction/attempt.ts';
import { firstWords, refuseControl } from '../transaction/control-statement.ts';
import { OpenTransaction } from '../transaction/open-transaction.ts';
import { bindAsOurText } from './bind-values.ts';
import { refused } from './refused.ts';

/** What a transaction needs of the connection that it has for itself. */
export interface TransactionHost {
  /** Runs a statement, waiting for other processes' locks, and tells the observer. */
  run<T>(sql: string, work: () => Promise<T>): Promise<T>;
  /** Says that SQL of the caller's own is run on the connection. */
  ranRawSql(sql: string): void;
  /** Lets the next caller have the connection. */
  leave(): void;
}

/**
 * A transaction on the one connection to the file, as PostgreSQL would have it: a statement that failed ends it,
 * caught or not, unless it goes back to a savepoint. SQLite itself would undo that statement alone.
 */
export class SqliteTransaction extends OpenTransaction implements Transaction {
  readonly provider = 'sqlite';
  readonly adapterName: string;
  /** Prisma leaves COMMIT and ROLLBACK to us. */
  readonly options = { usePhantomQuery: true };
  readonly #inner: Transaction;
  readonly #host: TransactionHost;
  #isOpen = true;
  /** The statement before: one that waits for a lock must not be overtaken. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(inner: Transaction, host: TransactionHost, attempt: Attempt) {
    super(attempt);
    this.adapterName = inner.adapterName;
    this.#inner = inner;
    this.#host = host;
  }

  queryRaw(query: SqlQuery): Promise<SqlResultSet> {
    return this.#query(query, (bound) => this.#inner.queryRaw(bound));
  }

  executeRaw(query: SqlQuery): Promise<number> {
    return this.#query(query, (bound) => this.#inner.executeRaw(bound));
  }

  async createSavepoint(name: string): Promise<void> {
    await this.executeRaw(statement(`SAVEPOINT ${name}`));
  }

  async rollbackToSavepoint(name: string): Promise<void> {
    await this.executeRaw(statement(`ROLLBACK TO ${name}`));
  }

  async releaseSavepoint(name: string): Promise<void> {
    await this.executeRaw(statement(`RELEASE SAVEPOINT ${name}`));
  }

  /** COMMIT waits for those who read, where there is no write-ahead log; SQLite lets it be tried again. */
  protected override async sendCommit(): Promise<void> {
    if (this.failure !== undefined) throw new TransactionFailedError({ cause: this.failure });
    try {
      await this.#host.run('COMMIT', () => this.#inner.executeRaw(statement('COMMIT')));
      this.#isOpen = false;
    } catch (error) {
      throw refused(error);
    }
  }

  protected override async sendRollback(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    // It is done when the call returns, as all is here. SQLite may have rolled back by itself, which it then says.
    await this.#inner.executeRaw(statement('ROLLBACK')).catch(() => undefined);
  }

  protected override afterAnswer(): void {}

  protected override afterFailure(error: unknown): unknown {
    return error;
  }

  protected override free(): void {
    void this.sendRollback();
    void this.#inner.rollback();
    this.#host.leave();
  }

  async #query<T>(marked: SqlQuery, run: (bound: SqlQuery) => Promise<T>): Promise<T> {
    const { query, isRaw } = readMark(marked);
    if (isRaw) {
      refuseControl(query.sql, 'sqlite');
      this.#host.ranRawSql(query.sql);
    }
    // A value that cannot be stored as it is has not been sent, and is no failure of the transaction.
    const bound = bindAsOurText(query);
    return this.send(() => {
      const answer = this.#before.then(() => this.#inTurn(query.sql, () => run(bound)));
      this.#before = answer.catch(() => undefined);
      return answer;
    });
  }

  async #inTurn<T>(sql: string, run: () => Promise<T>): Promise<T> {
    const isReturn = this.failure !== undefined && firstWords(sql, 'sqlite')[0] === 'ROLLBACK';
    if (this.failure !== undefined && !isReturn) throw new TransactionFailedError({ cause: this.failure });
    try {
      const answer = await this.#host.run(sql, () => {
        this.needOpen();
        return run();
      });
      if (isReturn) this.failure = undefined;
      return answer;
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }
}

function statement(sql: string): SqlQuery {
  return { sql, args: [], argTypes: [] };
}
