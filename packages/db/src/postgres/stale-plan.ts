import { isSqlState } from '@vatevo/connection';
import pg from 'pg';
import type { PooledClient } from './pooled-client.ts';

/**
 * A migration has changed the type of a column that a kept plan reads, or what was to be planned in front of it was not;
 * nothing was done.
 */
class StalePlanError extends Error {}

/** Does it again when a plan was stale. Its connection keeps none any more, so there is an end to that. */
export async function onFreshPlans<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StalePlanError)) throw error;
    }
  }
}

/** Sends a statement of which the server may keep a plan; inside of {@link onFreshPlans}. */
export async function unlessStale<T>(client: PooledClient, send: () => Promise<T>): Promise<T> {
  // Another one that shares the connection may find it out first.
  const kept = client.keepsStatements;
  try {
    return await send();
  } catch (error) {
    if (!kept || !isStalePlan(error)) throw error;
    client.keepsStatements = false;
    throw new StalePlanError();
  }
}

/** The code alone, "feature not supported", stands for other things, too; the message is in the server's language. */
function isStalePlan(error: unknown): boolean {
  if (isSqlState(error, 'invalid_sql_statement_name')) return true;
  return (
    error instanceof pg.DatabaseError &&
    isSqlState(error, 'feature_not_supported') &&
    error.routine === 'RevalidateCachedQuery'
  );
}
