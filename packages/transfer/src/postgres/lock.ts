import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { TransferError } from '../errors.ts';

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
