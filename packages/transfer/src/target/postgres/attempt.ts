import { isSqlStateOf, sqlStateOf } from '@vatevo/connection';
import type { ClientBase } from 'pg';

export type Attempt<Result> = { readonly result: Result } | { readonly fault: Error };

/** Tries something of which nothing stays when the server refuses it. A lost connection is no refusal. */
export async function attempt<Result>(
  client: ClientBase,
  work: () => Promise<Result>,
): Promise<Attempt<Result>> {
  await client.query('SAVEPOINT vatevo_attempt');
  try {
    const result = await work();
    await client.query('RELEASE SAVEPOINT vatevo_attempt');
    return { result };
  } catch (error) {
    const fault = error as Error;
    if (!isRefusal(fault)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT vatevo_attempt; RELEASE SAVEPOINT vatevo_attempt');
    return { fault };
  }
}

const NOT_FOR_A_STATEMENT = [
  'connection_exception',
  'insufficient_resources',
  'operator_intervention',
  'system_error',
  'internal_error',
] as const;

/** An error with a SQLSTATE after which the session goes on. */
function isRefusal(error: Error): boolean {
  return sqlStateOf(error) !== undefined && !isSqlStateOf(error, ...NOT_FOR_A_STATEMENT);
}
