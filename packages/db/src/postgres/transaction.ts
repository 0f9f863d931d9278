import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, isSqlState } from '@vatevo/connection';
import type pg from 'pg';
import { CommitOutcomeUnknownError, TransactionFailedError, TransactionMisuseError } from '../errors.ts';
import { APP_ROLE, TENANT_SETTING } from '../roles/roles.ts';
import type { Attempt } from '../transaction/attempt.ts';
import { OpenTransaction } from '../transaction/open-transaction.ts';
import { DEFAULT_TIMEOUT_MS, isolationSql, MAX_TIMEOUT_MS } from '../transaction/options.ts';
import { actAs, actOnCluster, waitForLocks } from './local-settings.ts';
import type { OpeningStatement, QueryConfig } from './opened-query.ts';
import type { ConnectionPool, LentClient } from './pool.ts';
import { askPrimaryPosition } from './primary-position.ts';
import { isConflict, refused } from './refused.ts';
import { settling } from './session-settings.ts';

/** Who the session acts as, whatever its search path is. */
const WHO_ACTS = `SELECT CURRENT_USER, pg_catalog.current_setting('${TENANT_SETTING}', true)`;

/** Milliseconds that a ROLLBACK may take, with what is under way before it, until the connection is cut instead. */
const ROLLBACK_TIMEOUT_MS = 2000;

/**
 * A transaction on a connection of its own. BEGIN, with role and tenant, goes in front of the first statement (see
 * `OpenedQuery`). What is under way when the time is over is cancelled, and its connection cut (see the pool).
 */
export class PostgresTransaction extends OpenTransaction {
  readonly #pool: ConnectionPool;
  readonly #client: LentClient;
  /** Statements still to be sent in front of the first one; empty when they were. */
  #opening: readonly OpeningStatement[];

  private constructor(pool: ConnectionPool, client: LentClient, attempt: Attempt) {
    super(attempt);
    this.#pool = pool;
    this.#client = client;
    this.#opening = openingOf(attempt, client);
    client.whenCut = (error) => this.end(error);
  }

  /** @throws PoolTimeoutError, ConnectionError, ClientClosedError */
  static async begin(pool: ConnectionPool, attempt: Attempt): Promise<PostgresTransaction> {
    return new PostgresTransaction(pool, await pool.take(), attempt);
  }

  /** Sends a statement, by a function that sends it with those in front that open the transaction. */
  query<T>(send: (client: LentClient, opening: readonly OpeningStatement[]) => Promise<T>): Promise<T> {
    return this.send(() => {
      const opening = this.#opening;
      this.#opening = [];
      return send(this.#client, opening);
    });
  }

  /**
   * Sends SQL of the caller's own. A tenant's is followed, in the same trip, by a look at whether the session is still
   * the tenant's: a statement can take the login's rights back, and name another tenant, in more ways than its text
   * shows. Then the transaction is over.
   *
   * @throws TransactionMisuseError
   */
  queryOwn(config: QueryConfig): Promise<pg.QueryResult> {
    return this.query(async (client, opening) => {
      client.ranRawSql = true;
      const answer = client.queryOpened(config, opening);
      const { tenantId } = this.attempt;
      if (tenantId === undefined) return answer;
      const [answered, found] = await Promise.allSettled([
        answer,
        client.queryOpened({ text: WHO_ACTS, rowMode: 'array' }, []),
      ]);
      if (answered.status === 'rejected') throw answered.reason;
      if (found.status === 'rejected') throw found.reason;
      const [[role, tenant] = []] = found.value.rows as unknown[][];
      if (role === APP_ROLE && tenant === String(tenantId)) return answered.value;
      const error = new TransactionMisuseError(
        'A statement in the transaction gave it another role or another tenant, so it was rolled back; nothing of it is ' +
          'stored. What works on all tenants is for db.transaction.',
      );
      this.end(error);
      throw error;
    });
  }

  protected override afterAnswer(): void {
    // What succeeds behind a failure is the return to a savepoint: nothing of the failure is left to repeat.
    this.failure = undefined;
    this.attempt.conflict = false;
    if (this.#client.transactionStatus !== 'I') return;
    const error = new TransactionMisuseError(
      'The transaction was ended by a statement in it; a transaction ends with the function that is given to it.',
    );
    this.end(error);
    throw error;
  }

  protected override afterFailure(error: unknown): unknown {
    if (isSqlState(error, 'in_failed_sql_transaction')) {
      return new TransactionFailedError({ cause: this.failure });
    }
    this.attempt.conflict ||= isConflict(error);
    this.failure ??= error;
    return error;
  }

  protected override async sendCommit(): Promise<void> {
    if (!this.#hasBegun) return;
    // Lost before, so the server has rolled back.
    if (this.#client.lostAtRest) throw this.#client.lostAtRest;
    let answer: pg.QueryResult;
    try {
      // The transaction's own clock has stopped.
      answer = await this.#pool.bound(this.#client, () => this.#commit(), this.#pool.statementTimeoutMs);
    } catch (error) {
      this.attempt.conflict ||= isConflict(error);
      throw error instanceof ConnectionError ? new CommitOutcomeUnknownError(error) : refused(error);
    }
    // To a COMMIT that it cannot do the server says ROLLBACK, and no error.
    if (answer.command !== 'COMMIT') throw new TransactionFailedError({ cause: this.failure });
  }

  /** With the question behind it, in the same packet, where it can be read. */
  async #commit(): Promise<pg.QueryResult> {
    const { whenTenantWrote } = this.#pool;
    const { tenantId } = this.attempt;
    if (tenantId === undefined || whenTenantWrote === undefined) return this.#client.endTransaction('COMMIT');
    this.#client.sendAtOnce();
    const [answer, position] = await Promise.allSettled([
      this.#client.endTransaction('COMMIT'),
      askPrimaryPosition(this.#client),
    ]);
    whenTenantWrote(tenantId, position.status === 'fulfilled' ? position.value : undefined);
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  }

  protected override async sendRollback(): Promise<void> {
    if (!this.#hasBegun) return;
    const rolledBack = this.#client.endTransaction('ROLLBACK');
    const late = new AbortController();
    await Promise.race([rolledBack, sleep(ROLLBACK_TIMEOUT_MS, undefined, { signal: late.signal })]).catch(
      () => undefined,
    );
    late.abort();
  }

  protected override free(): void {
    this.#client.whenCut = undefined;
    this.#pool.putBack(this.#client);
  }

  get #hasBegun(): boolean {
    return this.#opening.length === 0;
  }
}

/** The statements that begin the transaction. */
function openingOf({ settings: { isolation, timeoutMs }, tenantId }: Attempt, client: LentClient) {
  const opening: OpeningStatement[] = [
    { text: isolation === undefined ? 'BEGIN' : `BEGIN ISOLATION LEVEL ${isolationSql(isolation)}` },
  ];
  opening.push(...settling(client));
  // The session would give up sooner.
  const waits = timeoutMs > DEFAULT_TIMEOUT_MS && timeoutMs < MAX_TIMEOUT_MS;
  if (client.isCluster && tenantId !== undefined) {
    return [...opening, ...actOnCluster(tenantId, waits ? timeoutMs : undefined)];
  }
  if (waits) opening.push(waitForLocks(timeoutMs));
  if (tenantId !== undefined) opening.push(actAs(tenantId));
  return opening;
}
