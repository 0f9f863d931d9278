import {
  ConnectionError,
  describeTarget,
  isOtherServerAway,
  isSqlState,
  isSqlStateOf,
  type PostgresTarget,
  readOnlyError,
  redact,
  toConnectionError,
} from '@vatevo/connection';
import pg from 'pg';

/** What the server ends a session with, or does not let one in. */
const SESSION_OVER = [
  'admin_shutdown',
  'crash_shutdown',
  'cannot_connect_now',
  'database_dropped',
  'idle_session_timeout',
  'idle_in_transaction_session_timeout',
] as const;

/**
 * The error as a lost connection; undefined when the server only refused a statement, or it is none of its doing.
 *
 * @param readOnlyServer what the server is when it takes no writes, whatever the transaction: a connection to it is
 *   good for nothing here, and the next one may lead to another host
 */
export function connectionFailure(
  error: unknown,
  target: PostgresTarget,
  readOnlyServer?: string,
): ConnectionError | undefined {
  if (readOnlyServer !== undefined && isSqlState(error, 'read_only_sql_transaction')) {
    return readOnlyError(target, readOnlyServer, error);
  }
  const isOver = isSqlStateOf(error, 'connection_exception') || isSqlState(error, ...SESSION_OVER);
  if (error instanceof pg.DatabaseError && !isOver) return undefined;
  const failure = toConnectionError(error, target);
  return failure.reason === 'unknown' ? undefined : failure;
}

/** What a server of a cluster says when it cannot reach another one; undefined for any other error. */
export function otherServerFailure(error: unknown, target: PostgresTarget): ConnectionError | undefined {
  if (!isOtherServerAway(error)) return undefined;
  return new ConnectionError(
    'lost',
    `The server at ${describeTarget(target)} cannot reach another one of its cluster (${redact(error.message, [target.password])}): check that it runs, then try again.`,
    { cause: error },
  );
}

/** A statement was given up because it took longer than `timeoutMs`. */
export function tooLateFailure(target: PostgresTarget, timeoutMs: number): ConnectionError {
  return new ConnectionError(
    'timeout',
    `A statement got no answer from ${describeTarget(target)} within ${timeoutMs / 1000} s (DB_STATEMENT_TIMEOUT), so it was given up with its connection: check the network and the server's load.`,
  );
}

/** The server stored a write, and gave up waiting for the standby that was to store it, too. */
export function unreplicatedFailure(target: PostgresTarget): ConnectionError {
  return new ConnectionError(
    'lost',
    `The server at ${describeTarget(target)} stopped waiting for its synchronous standby, so a failover may lose what was written: check pg_stat_replication.`,
  );
}
