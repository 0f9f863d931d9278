import { type PgClient, type PostgresTarget, withConnection } from '@vatevo/connection';

/** What pg_stat_activity shows of the engine's connections. */
export const APPLICATION = 'vatevo schema engine';

/** Runs something on a connection of its own. */
export function withClient<T>(target: PostgresTarget, work: (client: PgClient) => Promise<T>): Promise<T> {
  return withConnection(target, work, { applicationName: APPLICATION });
}
