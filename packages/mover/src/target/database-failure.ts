import {
  ConnectionError,
  describeTarget,
  isSqlState,
  type PostgresTarget,
  toConnectionError,
} from '@vatevo/connection';
import { CommandError, ExitCode } from '@vatevo/shell';
import { DatabaseError, escapeIdentifier } from 'pg';

/**
 * Gives an error that came out of a query the form in which it is reported: a connection that was lost is a
 * ConnectionError, a missing right, a read-only server, a full disk and too many locks are CommandErrors with exit code 4, a deadlock is one with
 * exit code 7; everything else stays what it is.
 */
export function databaseFailure(error: unknown, target: PostgresTarget): unknown {
  if (!isDriverError(error)) return error;
  const refusal = (message: string, ...remedy: string[]) =>
    new CommandError(ExitCode.notReady, message, { cause: error, remedy });
  if (isSqlState(error, 'insufficient_privilege')) {
    const role = escapeIdentifier(target.user);
    const inSchema = /permission denied for schema (.+)$/.exec(error.message)?.[1];
    return refusal(
      `The role "${target.user}" lacks a right in the database "${target.database}": ${error.message}.`,
      'Let an administrator grant it, or run this command as the owner of the tables. Whoever transfers makes a schema for the ledger, and where it creates the tables, these, too:',
      `GRANT CREATE ON DATABASE ${escapeIdentifier(target.database)} TO ${role};`,
      ...(inSchema === undefined ? [] : [`GRANT USAGE, CREATE ON SCHEMA ${inSchema} TO ${role};`]),
    );
  }
  if (isSqlState(error, 'read_only_sql_transaction')) {
    return refusal(
      `The server at ${describeTarget(target)} takes no writes: it is a standby, or read-only.`,
      'Name the primary, or all hosts with target_session_attrs=read-write, then run the same command again.',
    );
  }
  if (isSqlState(error, 'deadlock_detected')) {
    return new CommandError(
      ExitCode.locked,
      `This command and another transaction on ${describeTarget(target)} waited for each other, and PostgreSQL ended what this one was doing.`,
      { cause: error, remedy: ['Run the same command again.'] },
    );
  }
  if (isSqlState(error, 'out_of_memory') && /max_locks_per_transaction/.test(hintOf(error))) {
    return refusal(
      `PostgreSQL has no room for the locks of so many tables (max_locks_per_transaction): ${error.message}.`,
      'ALTER SYSTEM SET max_locks_per_transaction = 512, restart the server, then run the same command again.',
    );
  }
  if (isReplayConflict(error)) return replayConflict(target, error);
  if (isSqlState(error, 'disk_full')) {
    return refusal(
      `The disk of the PostgreSQL server is full: ${error.message}.`,
      'Make room there, then run the same command again.',
    );
  }
  const failure = toConnectionError(error, target);
  return failure.reason === 'unknown' ? error : failure;
}

function hintOf(error: Error): string {
  return (error as DatabaseError).hint ?? '';
}

/** Whether a standby cancelled what was read, since its replay could wait no longer. The words are in the server's language. */
function isReplayConflict(error: Error): boolean {
  return (
    isSqlState(error, 'serialization_failure') &&
    (/recovery/.test(error.message) || /Interrupt/.test((error as DatabaseError).routine ?? ''))
  );
}

export function replayConflict(target: PostgresTarget, cause: unknown): CommandError {
  return new CommandError(
    ExitCode.notReady,
    `The standby ${describeTarget(target)} cancelled the reading, because its replay needed what was read to go away.`,
    {
      cause,
      remedy: [
        'Set hot_standby_feedback = on there, so that the primary keeps rows that are read;',
        'or max_standby_streaming_delay = -1 (and max_standby_archive_delay), so that replay waits for as long as this takes.',
        'Then run the same command again.',
      ],
    },
  );
}

/** Only what comes from the driver or the network: our own errors may use the same words. */
function isDriverError(error: unknown): error is Error {
  if (error instanceof ConnectionError) return false;
  if (error instanceof DatabaseError) return true;
  return error instanceof Error && (error.name === 'Error' || error.name === 'AggregateError');
}
