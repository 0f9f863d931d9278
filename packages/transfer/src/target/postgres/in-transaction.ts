import type { Client, ClientBase } from 'pg';

/** Does the work in a transaction that `begin` opens: commits when it is done, rolls back when it fails. */
export async function inTransaction<Result>(
  client: Client,
  begin: string,
  work: () => Promise<Result>,
): Promise<Result> {
  await client.query(begin);
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // The connection may be gone with its transaction: then there is nothing to roll back.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Reads from one state of the database, in a transaction that ends with the work. */
export function inSnapshot<Result>(client: Client, work: () => Promise<Result>): Promise<Result> {
  return inTransaction(client, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work);
}

/** Does the work in a transaction of which nothing stays. */
export async function inTrial<Result>(client: ClientBase, work: () => Promise<Result>): Promise<Result> {
  await client.query('BEGIN');
  try {
    return await work();
  } finally {
    // The connection may be gone with its transaction: then the reason is what went wrong before.
    await client.query('ROLLBACK').catch(() => undefined);
  }
}
