import { isSqlState, type PgClient } from '@vatevo/connection';
import { CommandError, Deadline, ExitCode } from '@vatevo/shell';
import { inTransaction } from '@vatevo/transfer/postgres';

/** How long a lock is waited for at a time: whoever comes later waits behind. */
const LOCK_MS = 500;
const PAUSE_MS = 200;

/**
 * Does what needs locks on tables that are in use, in a transaction, and tries again while it does not get them.
 *
 * @throws CommandError exit code 7 when there was no moment for it in time
 */
export async function briefly<T>(
  client: PgClient,
  timeoutMs: number,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = new Deadline(timeoutMs);
  for (;;) {
    try {
      return await inTransaction(client, 'BEGIN', async () => {
        await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
        await client.query("SET LOCAL citus.multi_shard_modify_mode = 'sequential'");
        return work();
      });
    } catch (error) {
      if (!isSqlState(error, 'lock_not_available', 'deadlock_detected')) throw error;
      if (deadline.passed) throw tablesLocked(error);
    }
    await deadline.pause(PAUSE_MS, signal);
  }
}

export function tablesLocked(error: unknown): CommandError {
  return new CommandError(ExitCode.locked, `The tables could not be locked: ${(error as Error).message}.`, {
    remedy: ['Stop what uses them, see pg_stat_activity for long transactions, and run this again.'],
  });
}
