import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { TransferError } from '../../errors.ts';

/** The session lock of every transfer into a database: "vatevo" in ASCII, then 1. */
const LOCK_KEY = '130193529335553';
const POLL_MILLISECONDS = 200;

/**
 * Takes the lock that one transfer holds at a time. A killed run's session may live a little longer than
 * the run, so it waits.
 *
 * @throws TransferError `locked` after `waitMs`.
 */
export async function lockTransfer(client: ClientBase, waitMs: number): Promise<void> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
      LOCK_KEY,
    ]);
    if (rows[0]?.locked) return;
    if (Date.now() >= deadline) {
      throw new TransferError(
        'locked',
        'Another transfer into this database is running (it holds the lock): wait until it is done, then run the same command again.',
      );
    }
    await sleep(POLL_MILLISECONDS);
  }
}

/** How long other users of the target's tables are waited for, in milliseconds. */
const TABLES_WAIT = 10_000;
/** SQLSTATE 55P03, lock_not_available. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Takes the tables for the rest of the transaction, so that nobody reads or writes them meanwhile.
 *
 * @param tables quoted names
 * @throws TransferError `locked` when somebody else does not let go of them
 */
export async function lockTables(client: ClientBase, tables: readonly string[]): Promise<void> {
  try {
    await client.query(`SET LOCAL lock_timeout = ${TABLES_WAIT}`);
    await client.query(`LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`);
    await client.query('SET LOCAL lock_timeout = 0');
  } catch (error) {
    if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
    throw new TransferError(
      'locked',
      'Somebody else is using the tables of the target in a transaction that does not end: stop what works on it, then run the same command again.',
      { cause: error },
    );
  }
}
