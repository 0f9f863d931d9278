import { askWithin, type PostgresTarget } from '@vatevo/connection';
import type { DatabaseCheck } from '../db-client.ts';

/** Connects, asks, and leaves, all within `timeoutMs`. */
export async function checkPostgres(target: PostgresTarget, timeoutMs: number): Promise<DatabaseCheck> {
  const asked = await askWithin(target, timeoutMs, 'vatevo health check', (client) =>
    client.query<{ off: boolean }>("SELECT current_setting('transaction_read_only') = 'off' AS off"),
  );
  return asked.ok
    ? { ok: true, latencyMs: asked.latencyMs, readOnly: asked.answer.rows[0]?.off === false }
    : asked;
}
