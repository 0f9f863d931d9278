import { setTimeout as sleep } from 'node:timers/promises';
import { isSqlState, takeAdvisoryLock } from '@vatevo/connection';
import type { ClientBase } from 'pg';
import { TransferError } from '../../errors.ts';

/** The session lock of every transfer into a database: "vatevo" in ASCII, then 1. */
const LOCK_KEY = 130193529335553n;

/**
 * Takes the lock that one transfer holds at a time. A killed run's session may live a little longer than
 * the run, so it waits.
 *
 * @throws TransferError `locked` after `waitMs`.
 */
export async function lockTransfer(client: ClientBase, waitMs: number): Promise<void> {
  if ((await takeAdvisoryLock(client, LOCK_KEY, { waitMs })) !== 'held') return;
  throw new TransferError(
    'locked',
    'Another transfer into this database is running (it holds the lock): wait until it is done, then run the same command again.',
  );
}

/** How long other users of the target's tables are waited for, in milliseconds. */
const TABLES_WAIT = 10_000;
/**
 * Of that, how long at a stretch for all tables together: everybody else who wants them queues up behind a lock that is
 * waited for. Shorter than PostgreSQL's `deadlock_timeout`, so that it is never somebody else who is cancelled.
 */
const ATTEMPT = 400;
const PAUSE = 200;

/** That a lock did not come in time, or that somebody waits for us who is in our way. */
const IN_THE_WAY = ['lock_not_available', 'query_canceled', 'deadlock_detected'] as const;

/**
 * Takes the locks of some tables for the rest of the open transaction: all of them within a moment, or none until the
 * next attempt, so that whoever needs the tables meanwhile waits for a moment only.
 *
 * @param tables quoted names
 * @returns once they are held, the moment from which on others wait; what was in the way when `waitMs` were over
 */
export async function takeLocks(
  client: ClientBase,
  tables: readonly string[],
  mode: 'ACCESS EXCLUSIVE' | 'SHARE ROW EXCLUSIVE',
  waitMs: number,
): Promise<number | Error> {
  const deadline = performance.now() + waitMs;
  const usual = await client.query<{ ms: string }>(`SELECT current_setting('statement_timeout') AS ms`);
  for (;;) {
    await client.query(`SAVEPOINT locking; SET LOCAL statement_timeout = ${ATTEMPT}`);
    const from = performance.now();
    try {
      await client.query(`LOCK TABLE ${tables.join(', ')} IN ${mode} MODE`);
      await client.query(`SET LOCAL statement_timeout = '${usual.rows[0]?.ms}'; RELEASE SAVEPOINT locking`);
      return from;
    } catch (error) {
      if (!isSqlState(error, ...IN_THE_WAY)) throw error;
      await client.query('ROLLBACK TO SAVEPOINT locking; RELEASE SAVEPOINT locking');
      if (performance.now() >= deadline) return error as Error;
      await sleep(PAUSE);
    }
  }
}

/**
 * Takes the tables for the rest of the transaction, so that nobody reads or writes them meanwhile.
 *
 * @param tables quoted names
 * @throws TransferError `locked` when somebody else does not let go of them
 */
export async function lockTables(client: ClientBase, tables: readonly string[]): Promise<void> {
  const taken = await takeLocks(client, tables, 'ACCESS EXCLUSIVE', TABLES_WAIT);
  if (taken instanceof Error) throw inUse(await findUser(client, tables), { cause: taken });
}

/** Waits until nobody uses the tables, and keeps nobody from them. @throws TransferError `locked` */
export async function waitForUsers(client: ClientBase, tables: readonly string[]): Promise<void> {
  const deadline = Date.now() + TABLES_WAIT;
  for (;;) {
    const user = await findUser(client, tables);
    if (user === undefined) return;
    if (Date.now() >= deadline) throw inUse(user);
    await sleep(PAUSE);
  }
}

/** A refusal that names who is in the way, as far as that is known. */
export function inUse(user: string | undefined, options?: ErrorOptions): TransferError {
  return new TransferError(
    'locked',
    `Somebody else is using the tables of the target in a transaction that does not end${user === undefined ? '' : ` (${user})`}: wait for its end (a backup, for instance) or stop it, then run the same command again.`,
    options,
  );
}

/**
 * Who has been using one of the tables for longest. Who vacuums of its own accord makes room by itself.
 *
 * @param how `writes`: only who is in the way of a lock that readers do not meet
 */
export async function findUser(
  client: ClientBase,
  tables: readonly string[],
  how: 'reads-or-writes' | 'writes' = 'reads-or-writes',
): Promise<string | undefined> {
  const { rows } = await client.query<{ who: string }>(
    `SELECT format('process %s%s, since %s, on %s', a.pid, coalesce(', ' || nullif(a.application_name, ''), ''),
                   to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'), l.relation::regclass) AS who
     FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND l.relation = ANY ($1::regclass[]) AND l.granted AND a.backend_type = 'client backend'
       AND a.pid <> pg_backend_pid() AND ($2 OR l.mode NOT IN ('AccessShareLock', 'RowShareLock'))
     ORDER BY a.xact_start LIMIT 1`,
    [tables, how === 'reads-or-writes'],
  );
  return rows[0]?.who;
}
