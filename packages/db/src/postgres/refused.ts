import { isSqlState } from '@vatevo/connection';
import pg from 'pg';
import { QueryFailedError } from '../errors.ts';

/** What the server refused, as this package tells it; any other error as it is. */
export function refused(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  return new QueryFailedError(error.code ?? 'unknown', error.message, { cause: error });
}

/** Whether the server broke it off for the sake of another transaction: it would likely succeed from its beginning. */
export function isConflict(error: unknown): boolean {
  return isSqlState(error, 'serialization_failure', 'deadlock_detected');
}
