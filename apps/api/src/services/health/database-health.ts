import type { DbClient } from '@vatevo/db';
import type { ReadinessGate } from '../../readiness/readiness.ts';

/** The answer must be there within 5 s whatever the database does. */
const TIMEOUT_MS = 4000;

/**
 * What `/health/db` answers. Anybody may ask, so it names the reason and not
 * the server; the whole sentence is in the log.
 */
export type DatabaseHealth =
  | { readonly status: 'ok'; readonly database: 'connected' }
  | { readonly status: 'error'; readonly database: string };

/**
 * Readiness is asked through the pool, which may be busy for longer than the
 * answer may take; then the last finding counts.
 */
async function readinessWithin(gate: ReadinessGate, timeoutMs: number) {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  // An unreachable database is reported by checkDatabase, with its reason.
  const found = await Promise.race([gate.check().catch(() => undefined), tooLate]);
  clearTimeout(timer);
  return found ?? gate.lastFound;
}

/** Whether the database answers and holds what is to be served. Never throws, never waits for the pool. */
export async function databaseHealth(db: DbClient, gate: ReadinessGate): Promise<DatabaseHealth> {
  const [connection, readiness] = await Promise.all([
    db.checkDatabase({ timeoutMs: TIMEOUT_MS }),
    readinessWithin(gate, TIMEOUT_MS),
  ]);
  if (!connection.ok) return { status: 'error', database: connection.reason };
  if (readiness?.ready === false) return { status: 'error', database: readiness.reason };
  return { status: 'ok', database: 'connected' };
}
