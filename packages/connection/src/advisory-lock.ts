import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase } from 'pg';

const RETRY_MS = 200;

/** The connection idles while others work. PostgreSQL 13 does not know this setting yet. */
const KEEP_IDLE_SESSION = `
  SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'`;

export interface LockWait {
  /** Milliseconds after which it is given up. */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
  /** Called once, when another session holds it. */
  readonly onWait?: () => void | Promise<void>;
}

/**
 * Takes a lock for as long as the session lasts.
 *
 * It asks again and again instead of letting the server queue the request: a statement that waits keeps a snapshot
 * open, and a `CREATE INDEX CONCURRENTLY` of the holder would wait for that snapshot, so that both would wait for ever.
 *
 * @param key tells what the lock is for
 * @returns `held` when another session does not give it up
 */
export async function takeAdvisoryLock(
  client: ClientBase,
  key: bigint,
  { waitMs, signal, onWait }: LockWait,
): Promise<'at-once' | 'waited' | 'held'> {
  await client.query(KEEP_IDLE_SESSION);
  const deadline = performance.now() + waitMs;
  for (let waited = false; ; waited = true) {
    const { rows } = await client.query<{ taken: boolean }>(`SELECT pg_try_advisory_lock(${key}) AS taken`);
    if (rows[0]?.taken) return waited ? 'waited' : 'at-once';
    const left = deadline - performance.now();
    if (left <= 0) return 'held';
    if (!waited) await onWait?.();
    await sleep(Math.min(RETRY_MS, left), undefined, { signal });
  }
}
