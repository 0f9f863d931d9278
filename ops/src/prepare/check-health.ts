import { connect, type PostgresTarget } from '@vatevo/connection';

/** What the API's own health check allows the database. */
const TIMEOUT_MS = 5000;

/** Opens one more connection, as the API will, and reads from it; milliseconds the answer took. */
export async function checkHealth(target: PostgresTarget): Promise<number> {
  const started = performance.now();
  const client = await connect(target, { timeoutMs: TIMEOUT_MS, applicationName: 'vatevo-ops' });
  try {
    await client.query('SELECT 1');
    return performance.now() - started;
  } finally {
    await client.end().catch(() => {});
  }
}
