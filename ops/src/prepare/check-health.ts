import { type PostgresTarget, withConnection } from '@vatevo/connection';

/** What the API's own health check allows the database. */
const TIMEOUT_MS = 5000;

/** Opens one more connection, as the API will, and reads from it; milliseconds the answer took. */
export async function checkHealth(target: PostgresTarget): Promise<number> {
  const started = performance.now();
  return withConnection(
    target,
    async (client) => {
      await client.query('SELECT 1');
      return performance.now() - started;
    },
    { timeoutMs: TIMEOUT_MS, applicationName: 'vatevo-ops' },
  );
}
