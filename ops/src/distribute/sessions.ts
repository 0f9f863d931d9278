import { LEDGERS } from '@vatevo/connection';
import { APP_ROLE } from '@vatevo/db/distribution';
import type { Client } from 'pg';

/** What is kept of a database that is distributed. */
export const SCHEMA: string = LEDGERS.distribution;

const REMEMBER = `
  CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
  CREATE TABLE IF NOT EXISTS ${SCHEMA}.known (since timestamptz NOT NULL DEFAULT clock_timestamp());
  INSERT INTO ${SCHEMA}.known SELECT WHERE NOT EXISTS (SELECT FROM ${SCHEMA}.known)`;

/** Notes when a database was first found to be a cluster's. Whoever connects from then on finds it so, too. */
export async function rememberCluster(client: Client): Promise<void> {
  await client.query(REMEMBER);
}

const OLD = `
  SELECT a.pid, coalesce(nullif(a.application_name, ''), 'no name') AS name FROM pg_stat_activity AS a
  WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
    AND a.backend_start < (SELECT min(since) FROM ${SCHEMA}.known)
    AND pg_has_role(a.usesysid, $1, 'MEMBER') AND a.application_name NOT LIKE 'citus%' ORDER BY 1`;

/**
 * Sessions that were opened before this database was known to be a cluster's. Their clients do not tell workers whose rows
 * they may see, and would find none.
 */
export async function findOldSessions(client: Client): Promise<string[]> {
  await rememberCluster(client);
  const { rows } = await client.query<{ pid: number; name: string }>(OLD, [APP_ROLE]);
  return rows.map(({ pid, name }) => `${pid} (${name})`);
}
