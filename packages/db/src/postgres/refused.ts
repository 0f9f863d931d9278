import pg from 'pg';
import { QueryFailedError } from '../errors.ts';

/** serialization_failure, deadlock_detected: the server broke it off for the sake of another transaction. */
const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01']);

/** What the server refused, as this package tells it; any other error as it is. */
export function refused(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  return new QueryFailedError(error.code ?? 'unknown', error.message, { cause: error });
}

/** Whether it would likely succeed when it is done again from its beginning. */
export function isConflict(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError || error instanceof QueryFailedError)) return false;
  return CONFLICTS.has(error.code ?? '');
}
