import { createClient, type PgClient, type PostgresTarget, toConnectionError } from '@vatevo/connection';
import type { DatabaseCheck } from '../db-client.ts';

/** Connects, asks, and leaves, all within `timeoutMs`; nothing of it stays behind whatever the server does. */
export async function checkPostgres(target: PostgresTarget, timeoutMs: number): Promise<DatabaseCheck> {
  const start = performance.now();
  let client: PgClient | undefined;
  let tooLate: NodeJS.Timeout | undefined;
  try {
    client = createClient(target, { timeoutMs, applicationName: 'vatevo health check' });
    client.on('error', () => undefined);
    // A server can take the connection and then never answer.
    const expired = new Promise<never>((_, reject) => {
      tooLate = setTimeout(() => reject(new Error('timeout expired')), timeoutMs);
    });
    await Promise.race([ask(client), expired]);
    return { ok: true, latencyMs: performance.now() - start };
  } catch (error) {
    const { reason, message } = toConnectionError(error, target);
    return { ok: false, reason, message };
  } finally {
    clearTimeout(tooLate);
    leave(client);
  }
}

async function ask(client: PgClient): Promise<void> {
  await client.connect();
  await client.query('SELECT 1');
}

/** Says goodbye, and does not wait for what a frozen server makes of it. */
function leave(client: PgClient | undefined): void {
  if (client === undefined) return;
  const { stream } = client.connection;
  client.end().catch(() => undefined);
  setTimeout(() => stream.destroy(), LEAVE_MS).unref();
}

const LEAVE_MS = 500;
