import { connect, type PgClient, type PostgresTarget } from '@vatevo/connection';

/** Runs something on a connection of its own. */
export async function withClient<T>(
  target: PostgresTarget,
  work: (client: PgClient) => Promise<T>,
): Promise<T> {
  const client = await connect(target, { applicationName: APPLICATION });
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What pg_stat_activity shows of the engine's connections. */
export const APPLICATION = 'vatevo schema engine';
