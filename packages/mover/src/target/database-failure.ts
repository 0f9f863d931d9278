import { ConnectionError, isSqlState, type PostgresTarget, toConnectionError } from '@vatevo/connection';
import { ExitCode, OpsError } from '@vatevo/shell';
import { DatabaseError } from 'pg';

/**
 * Gives an error that came out of a query the form in which it is reported:
 * a connection that was lost is a ConnectionError, a missing right an
 * OpsError with exit code 4; everything else stays what it is.
 */
export function databaseFailure(error: unknown, target: PostgresTarget): unknown {
  if (error instanceof DatabaseError && isSqlState(error, 'insufficient_privilege')) {
    return new OpsError(
      ExitCode.notReady,
      `The role "${target.user}" lacks a right in the database "${target.database}": ${error.message}.`,
      { cause: error, remedy: ['Grant it, or run this command as the owner of the tables.'] },
    );
  }
  if (!isDriverError(error)) return error;
  const failure = toConnectionError(error, target);
  return failure.reason === 'unknown' ? error : failure;
}

/** Only what comes from the driver or the network: our own errors may use the same words. */
function isDriverError(error: unknown): boolean {
  if (error instanceof ConnectionError) return false;
  if (error instanceof DatabaseError) return true;
  return error instanceof Error && (error.name === 'Error' || error.name === 'AggregateError');
}
