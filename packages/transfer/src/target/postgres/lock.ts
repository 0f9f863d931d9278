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
    if (!isSqlState(error, 'lock_not_available')) throw error;
    throw new TransferError(
      'locked',
      'Somebody else is using the tables of the target in a transaction that does not end: stop what works on it, then run the same command again.',
      { cause: error },
    );
  }
}
