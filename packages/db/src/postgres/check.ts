import { askWithin, type PostgresTarget } from '@vatevo/connection';
import type { DatabaseCheck } from '../db-client.ts';
import { findHeldLock } from './held-lock.ts';

/** Connects, asks, and leaves, all within `timeoutMs`. */
export async function checkPostgres(target: PostgresTarget, timeoutMs: number): Promise<DatabaseCheck> {
  const asked = await askWithin(target, timeoutMs, undefined, async (client) => {
    const { rows } = await client.query<{ off: boolean }>(
      "SELECT current_setting('transaction_read_only') = 'off' AS off /* vatevo health check */",
    );
    return { readOnly: rows[0]?.off === false, heldLock: await findHeldLock(client) };
  });
  return asked.ok ? { ok: true, latencyMs: asked.latencyMs, ...asked.answer } : asked;
}
