import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseCheck, DbClient } from '@vatevo/db';
import type { Log } from '../../log.ts';
import type { Gate, Readiness } from '../../readiness/readiness.ts';
import { shared } from './shared.ts';

/**
 * What `/health/db` answers. Anybody may ask, so it names the reason and not
 * the server; the whole sentence is in the log.
 *
 * `error`: the database is away, or holds nothing to be served. `degraded`: it
 * answers, but takes no writes (`read-only`), somebody keeps a table locked (`locked`), or this process has no
 * connection left for another request.
 */
export type DatabaseHealth =
  | { readonly status: 'ok'; readonly database: 'connected' }
  | { readonly status: 'degraded' | 'error'; readonly database: string };

/** The answer must be there within 5 s whatever the database does. */
const CHECK_MS = 3000;

/** Readiness is asked through the pool, which may be busy; then the last finding counts. */
const READINESS_MS = 1500;

/** For as long every connection must have been in use to speak of an exhausted pool: bursts are no fault. */
const EXHAUSTED_MS = 1000;
const LOOK_EVERY_MS = 50;

/**
 * Whether the database answers, holds what is to be served, and can be reached
 * by one more request. The check never throws, never waits for the pool, and is
 * one for all who ask while it is running. Changes are logged.
 */
export function databaseHealthCheck(db: DbClient, gate: Gate, log: Log): () => Promise<DatabaseHealth> {
  let logged = 'connected';
  return shared(async () => {
    const [connection, readiness, exhausted] = await Promise.all([
      db.checkDatabase({ timeoutMs: CHECK_MS }),
      readinessWithin(gate, READINESS_MS),
      isExhausted(db),
    ]);
    const health = evaluate(connection, readiness, exhausted);
    if (health.database !== logged) {
      logged = health.database;
      if (health.status === 'ok') log.info('database healthy');
      else log.error({ reason: health.database, detail: detail(connection) }, 'database not healthy');
    }
    return health;
  });
}

function evaluate(
  connection: DatabaseCheck,
  readiness: Readiness | undefined,
  exhausted: boolean,
): DatabaseHealth {
  if (!connection.ok) return { status: 'error', database: connection.reason };
  if (readiness?.ready === false) return { status: 'error', database: readiness.reason };
  if (connection.readOnly) return { status: 'degraded', database: 'read-only' };
  if (connection.heldLock !== undefined) return { status: 'degraded', database: 'locked' };
  if (exhausted) return { status: 'degraded', database: 'pool exhausted' };
  return { status: 'ok', database: 'connected' };
}

function detail(connection: DatabaseCheck): string | undefined {
  return connection.ok ? connection.heldLock : connection.message;
}

async function readinessWithin(gate: Gate, timeoutMs: number): Promise<Readiness | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  // An unreachable database is reported by checkDatabase, with its reason.
  const found = await Promise.race([gate.check().catch(() => undefined), tooLate]);
  clearTimeout(timer);
  return found ?? gate.lastFound;
}

/** Looks until a connection came free, or none has for too long. */
async function isExhausted(db: DbClient): Promise<boolean> {
  const start = performance.now();
  for (;;) {
    const { exhaustedMs } = db.poolStats();
    if (exhaustedMs >= EXHAUSTED_MS) return true;
    if (exhaustedMs === 0 || exhaustedMs < performance.now() - start) return false;
    await sleep(LOOK_EVERY_MS);
  }
}
