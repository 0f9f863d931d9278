import { type ConnectionError, type PostgresTarget, toConnectionError } from '@vatevo/connection';
import pg from 'pg';

/**
 * SQLSTATEs with which the server ends a session, or does not let one in: connection exceptions, shutdown,
 * idle-session time-outs (PostgreSQL manual, appendix A).
 */
const SESSION_OVER = /^(08|57P0|25P03)/;

/** The error as a lost connection; undefined when the server only refused a statement, or it is none of its doing. */
export function connectionFailure(error: unknown, target: PostgresTarget): ConnectionError | undefined {
  if (error instanceof pg.DatabaseError && !SESSION_OVER.test(error.code ?? '')) return undefined;
  const failure = toConnectionError(error, target);
  return failure.reason === 'unknown' ? undefined : failure;
}
