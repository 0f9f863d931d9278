import { IdempotencyKeyReusedError } from '../errors.ts';
import type { ExactDialect, Run } from './runner.ts';

/** A request that may come again. */
export interface Repeatable {
  /** The client's own name for the request. */
  readonly key: string;
  /** SHA-256 of the request, lower-case hex: tells a repetition from another request under the same key. */
  readonly requestHash: string;
}

/** The answer to a request, and whether it is that of an earlier one. */
export interface Answered {
  readonly answer: string;
  readonly repeated: boolean;
}

/**
 * Does `work` unless a request under this key was answered before; then gives that answer again.
 *
 * The key is stored first, in the transaction of the work: a repetition that comes at the same time waits at
 * the unique key until the first one has ended, and when that one fails, goes on in its place.
 *
 * @param run inside a transaction
 * @throws IdempotencyKeyReusedError when it was another request
 */
export async function answerOnce(
  { schema, parameter }: ExactDialect,
  run: Run,
  tenantId: number,
  { key, requestHash }: Repeatable,
  work: () => Promise<string>,
): Promise<Answered> {
  const where = (first: number) => `tenant_id = ${parameter(first)} AND key = ${parameter(first + 1)}`;
  const parameters = [1, 2, 3].map((n) => parameter(n)).join(', ');
  for (;;) {
    const inserted = await run(
      `INSERT INTO ${schema}.idempotency_keys (tenant_id, key, request_hash, answer) VALUES (${parameters}, '') ` +
        'ON CONFLICT DO NOTHING RETURNING 1',
      [tenantId, key, requestHash],
    );
    if (inserted.length > 0) break;
    // Written, so that its COMMIT waits for the standbys that are to have it: a first COMMIT that was given up is there for
    // all to see, and a failover may lose it.
    const [row] = await run(
      `UPDATE ${schema}.idempotency_keys SET answer = answer WHERE ${where(1)} RETURNING request_hash, answer`,
      [tenantId, key],
    );
    // It was as old as answers get, and was forgotten between the two statements.
    if (row === undefined) continue;
    const [storedHash, answer] = row as [string, string];
    if (storedHash !== requestHash) throw new IdempotencyKeyReusedError();
    return { answer, repeated: true };
  }
  const answer = await work();
  await run(`UPDATE ${schema}.idempotency_keys SET answer = ${parameter(1)} WHERE ${where(2)}`, [
    answer,
    tenantId,
    key,
  ]);
  return { answer, repeated: false };
}
