import { ConnectionError } from '@vatevo/connection';
import { CommitOutcomeUnknownError, TransactionFailedError } from '../errors.ts';
import type { ExactDialect, ExactRunner, Run } from '../exact/runner.ts';
import { timestampFromPostgres } from '../exact/timestamp.ts';
import { parsePosition } from '../position.ts';
import type { TenantReads } from '../tenant-client.ts';
import { type Attempt, attempting, withRetries } from '../transaction/attempt.ts';
import { DEFAULT_RETRIES, transactionSettings } from '../transaction/options.ts';
import { ACT_FOR_ALL, actAs, actOnCluster } from './local-settings.ts';
import type { OpeningStatement } from './opened-query.ts';
import type { ConnectionPool, LentClient } from './pool.ts';
import type { PooledClient } from './pooled-client.ts';
import { askPrimaryPosition } from './primary-position.ts';
import { isConflict, refused } from './refused.ts';
import type { Replicas } from './replicas.ts';
import { settling } from './session-settings.ts';
import { onFreshPlans, unlessStale } from './stale-plan.ts';
import { PostgresTransaction } from './transaction.ts';

export const postgresDialect = (pool: ConnectionPool): ExactDialect => ({
  schema: 'public',
  parameter: (n) => `$${n}`,
  // A cluster runs no INSERT … SELECT of a role that is bound by row-level security.
  insertsTogether: () => {
    const isCluster = pool.isCluster();
    return typeof isCluster === 'boolean' ? !isCluster : isCluster.then((is) => !is);
  },
  insertTexts: new Map(),
  boolean: (stored) => stored === 't',
  timestamp: (stored) => timestampFromPostgres(stored as string),
});

/** Statements with the rights of the login. */
export function loginRunner(pool: ConnectionPool): Run {
  return (text, values) => onFreshPlans(() => runAlone(pool, [], text, values, pool.statementTimeoutMs));
}

/** Statements as the role of what is done for all tenants. @param timeoutMs when omitted, they may take any time */
export function jobsRunner(pool: ConnectionPool, timeoutMs?: number): Run {
  return (text, values) => onFreshPlans(() => runAlone(pool, [ACT_FOR_ALL], text, values, timeoutMs));
}

/** The same, for what a request waits for. */
export const promptJobsRunner = (pool: ConnectionPool): Run => jobsRunner(pool, pool.statementTimeoutMs);

/**
 * Statements as the role of tenants, with one tenant's rows in sight. What only reads, outside of transactions, may be
 * answered by a replica.
 */
export function tenantRunner(
  pool: ConnectionPool,
  tenantId: number,
  replicas?: Replicas,
  { from, after }: TenantReads = {},
): ExactRunner {
  const opening = [actAs(tenantId)];
  const position = after === undefined ? undefined : parsePosition(after);
  const unlessOnReplica = (onPrimary: Run): Run => {
    if (from === 'primary' || replicas === undefined || (after !== undefined && position === undefined))
      return onPrimary;
    return async (text, values) => {
      // A standby of the coordinator does not say how far the workers' are.
      if (!isRead(text) || (await pool.isCluster())) return onPrimary(text, values);
      const read = (client: LentClient) => sendAlone(client, opening, text, values);
      return (await replicas.read(tenantId, position, read))?.answer ?? onPrimary(text, values);
    };
  };
  const again =
    (runOnce: Run): Run =>
    (text, values) =>
      withRetries(DEFAULT_RETRIES, () => onFreshPlans(() => runOnce(text, values)), isConflict);
  const alone = again((text, values) =>
    runAlone(pool, opening, text, values, pool.statementTimeoutMs, tenantId),
  );
  const together = again((text, values) =>
    pool.lendTogether(
      (client) => sendAsTenant(client, opening, text, values, tenantId),
      pool.statementTimeoutMs,
    ),
  );
  return {
    run: unlessOnReplica(alone),
    look: unlessOnReplica(together),
    transaction: async (work, options) =>
      attempting(transactionSettings(options), tenantId, (attempt) =>
        onFreshPlans(() => attempt.orBroken(runTransaction(pool, attempt, work))),
      ),
  };
}

/**
 * One statement as a transaction of its own, in one trip to the server: without BEGIN, all that is sent up to a Sync is
 * one, and is committed before the server says that it is ready. What `local` sets holds in it and no longer.
 */
async function runAlone(
  pool: ConnectionPool,
  local: readonly OpeningStatement[],
  text: string,
  values: readonly unknown[],
  timeoutMs: number | undefined,
  tenantId?: number,
): Promise<unknown[][]> {
  const { whenTenantWrote } = pool;
  if (tenantId === undefined) {
    return pool.lend((client) => sendAlone(client, local, text, values), timeoutMs);
  }
  if (whenTenantWrote === undefined || isRead(text)) {
    return pool.lend((client) => sendAsTenant(client, local, text, values, tenantId), timeoutMs);
  }
  return pool.lend(async (client) => {
    if (client.isCluster) return sendToCluster(client, tenantId, text, values);
    client.sendAtOnce();
    const [sent, position] = await Promise.allSettled([
      sendAlone(client, local, text, values),
      askPrimaryPosition(client),
    ]);
    whenTenantWrote(tenantId, position.status === 'fulfilled' ? position.value : undefined);
    if (sent.status === 'rejected') throw sent.reason;
    return sent.value;
  }, timeoutMs);
}

function sendAsTenant(
  client: LentClient,
  local: readonly OpeningStatement[],
  text: string,
  values: readonly unknown[],
  tenantId: number,
): Promise<unknown[][]> {
  return client.isCluster
    ? sendToCluster(client, tenantId, text, values)
    : sendAlone(client, local, text, values);
}

/** Sends all of it before it gives the control back. */
async function sendAlone(
  client: LentClient,
  local: readonly OpeningStatement[],
  text: string,
  values: readonly unknown[],
): Promise<unknown[][]> {
  try {
    return await query(client, text, values, [...settling(client), ...local]);
  } catch (error) {
    throw unlessRead(text, refused(error));
  }
}

const BEGIN: OpeningStatement = { text: 'BEGIN' };

/**
 * The same for a tenant on a cluster, whose workers are told of the tenant only behind a BEGIN. COMMIT is sent with it, so
 * it is one trip, too; to the COMMIT of what failed the server says ROLLBACK.
 */
async function sendToCluster(
  client: LentClient,
  tenantId: number,
  text: string,
  values: readonly unknown[],
): Promise<unknown[][]> {
  client.sendAtOnce();
  const [sent, ended] = await Promise.allSettled([
    query(client, text, values, [BEGIN, ...settling(client), ...actOnCluster(tenantId)]),
    client.command('COMMIT'),
  ]);
  if (sent.status === 'rejected') throw unlessRead(text, refused(sent.reason));
  if (ended.status === 'rejected') throw unlessRead(text, refused(ended.reason));
  if (ended.value.command !== 'COMMIT') throw new TransactionFailedError({ cause: undefined });
  return sent.value;
}

/** Whether the statement has no effect on the database; ours begin so when they have none. */
function isRead(text: string): boolean {
  return /^\s*SELECT\b/i.test(text);
}

/** A lost connection leaves open whether a write was committed; with a read it does not matter. */
function unlessRead(text: string, error: unknown): unknown {
  const isLost = error instanceof ConnectionError && error.reason !== 'read-only';
  return isLost && !isRead(text) ? new CommitOutcomeUnknownError(error) : error;
}

async function runTransaction<T>(
  pool: ConnectionPool,
  attempt: Attempt,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const transaction = await PostgresTransaction.begin(pool, attempt);
  try {
    const result = await work((text, values) =>
      transaction
        .query((client, opening) => query(client, text, values, opening))
        .catch((error: unknown) => {
          throw refused(error);
        }),
    );
    await transaction.commit();
    return result;
  } catch (error) {
    await transaction.rollback();
    throw refused(error);
  }
}

function query(
  client: PooledClient,
  text: string,
  values: readonly unknown[],
  opening?: readonly OpeningStatement[],
): Promise<unknown[][]> {
  return unlessStale(client, () => client.queryPrinted(text, values, opening)) as Promise<unknown[][]>;
}
