import {
  describeTarget,
  IS_TRANSACTION_POOLER,
  isTransactionPooler,
  type PgClient,
  type PostgresTarget,
} from '@vatevo/connection';
import { CommandError, ExitCode } from '@vatevo/shell';

/**
 * Refuses a pooler in front of which no lock holds.
 *
 * @param first a connection to the target
 * @throws CommandError exit code 2
 */
export async function refuseTransactionPooler(
  target: PostgresTarget,
  first: PgClient,
  timeoutMs: number,
): Promise<void> {
  if (!(await isTransactionPooler(target, first, timeoutMs))) return;
  throw new CommandError(
    ExitCode.usage,
    `${describeTarget(target)} ${IS_TRANSACTION_POOLER}: set the URL to the server itself, or to a pool in session mode.`,
  );
}
