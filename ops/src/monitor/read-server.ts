import { askWithin, isSqlState, type PgClient, type PostgresTarget } from '@vatevo/connection';
import { readDatabaseState, statementShape } from '@vatevo/db';
import type { Connections, RunningQuery, Server, StatementStatistics, Unread } from './types.ts';

/** In milliseconds: a server that is slower is shown as one that does not answer. */
const TIMEOUT_MS = 4000;

const MAX_QUERIES = 5;

/** Looks at the server once, in bounded time. Never throws. */
export async function readServer(target: PostgresTarget, slowMs: number): Promise<Server | Unread> {
  const reading = await readDatabaseState(target, { timeoutMs: TIMEOUT_MS });
  if (!reading.ok) return reading;
  const asked = await askWithin(target, TIMEOUT_MS, 'vatevo monitor', async (client) => ({
    connections: await readConnections(client),
    running: await readRunning(client, slowMs),
    statements: await readStatements(client),
  }));
  if (!asked.ok) return asked;
  return { ok: true, latencyMs: reading.latencyMs, state: reading.state, ...asked.answer };
}

async function readConnections(client: PgClient): Promise<Connections> {
  const { rows } = await client.query<{ found: Connections }>(`
    SELECT json_build_object(
      'used', (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
      'max', current_setting('max_connections')::int,
      'active', count(*) FILTER (WHERE state = 'active'),
      'idle', count(*) FILTER (WHERE state = 'idle'),
      'idleInTransaction', count(*) FILTER (WHERE state LIKE 'idle in transaction%'),
      'waitingForLock', count(*) FILTER (WHERE wait_event_type = 'Lock'),
      'oldestTransactionSeconds', extract(epoch FROM now() - min(xact_start)),
      'byApplication', coalesce((SELECT json_object_agg(name, sessions) FROM (
        SELECT coalesce(nullif(application_name, ''), 'unnamed') AS name, count(*) AS sessions
          FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY 1) AS each),
        '{}')) AS found
    FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`);
  const [row] = rows;
  if (!row) throw new Error('The server answered a question about its sessions with no row.');
  return row.found;
}

async function readRunning(client: PgClient, slowMs: number): Promise<RunningQuery[]> {
  const { rows } = await client.query<RunningQuery>(
    `SELECT pid, (extract(epoch FROM clock_timestamp() - query_start) * 1000)::int AS ms,
            application_name AS application,
            CASE WHEN wait_event_type IN ('Client', 'Activity') THEN NULL
              ELSE wait_event_type || ': ' || wait_event END AS "waitsFor",
            query AS statement
       FROM pg_stat_activity
      WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
        AND clock_timestamp() - query_start >= $1 * interval '1 ms'
      ORDER BY query_start LIMIT ${MAX_QUERIES}`,
    [slowMs],
  );
  return rows.map((row) => ({ ...row, statement: statementShape(row.statement) }));
}

/** Not preloaded, no such function or column (an old version), not allowed. */
const NOT_TO_BE_READ = [
  'object_not_in_prerequisite_state',
  'undefined_function',
  'undefined_column',
  'undefined_table',
  'insufficient_privilege',
] as const;

async function readStatements(client: PgClient): Promise<StatementStatistics[] | null> {
  const { rows: extensions } = await client.query<{ schema: string }>(
    `SELECT n.nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
      WHERE e.extname = 'pg_stat_statements'`,
  );
  const [extension] = extensions;
  if (!extension) return null;
  try {
    const { rows } = await client.query<StatementStatistics>(
      `SELECT calls::float8 AS calls, mean_exec_time AS "meanMs", max_exec_time AS "maxMs",
              total_exec_time AS "totalMs", query AS statement
         FROM ${client.escapeIdentifier(extension.schema)}.pg_stat_statements
        WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        ORDER BY mean_exec_time DESC LIMIT ${MAX_QUERIES}`,
    );
    // It keeps the values of statements that are not planned, such as a password in ALTER ROLE.
    return rows.map((row) => ({ ...row, statement: statementShape(row.statement) }));
  } catch (error) {
    if (isSqlState(error, ...NOT_TO_BE_READ)) return null;
    throw error;
  }
}
