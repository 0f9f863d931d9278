import { askWithin, type PostgresTarget } from '@vatevo/connection';
import type { DatabaseCheck } from '../db-client.ts';

/** Connects, asks, and leaves, all within `timeoutMs`. */
export async function checkPostgres(target: PostgresTarget, timeoutMs: number): Promise<DatabaseCheck> {
  const asked = await askWithin(target, timeoutMs, 'vatevo health check', (client) =>
    client.query('SELECT 1'),
  );
  return asked.ok ? { ok: true, latencyMs: asked.latencyMs } : asked;
}
