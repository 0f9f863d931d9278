import pg, { type ClientBase } from 'pg';
import { isSqlState, isSqlStateOf } from './sqlstate.ts';

/** SQL: whether the database is that of a cluster's coordinator (Citus), whatever of its tables is distributed. */
export const IS_CLUSTER = `pg_catalog.to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL`;

/** SQL of a row `p` of `pg_dist_partition`: whether its table lies on other servers, and not on the coordinator alone. */
export const IS_DISTRIBUTED = `(p.partmethod <> 'n' OR p.repmodel = 't')`;

export async function isCluster(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ is: boolean }>(`SELECT ${IS_CLUSTER} AS is`);
  return rows[0]?.is === true;
}

/** What says so without a code of its own: the cluster's words, and what libpq or the other server said last. */
const WITHOUT_A_CODE =
  /^(failure on connection marked as essential|could not commit transaction for shard|failed to complete COPY on|failed to COPY to shard|FATAL: |server closed the connection unexpectedly)/i;

/**
 * Whether a server of a cluster says with an error that it cannot reach another one, which has the rows. Its own session goes on, as
 * what ends that is FATAL.
 */
export function isOtherServerAway(error: unknown): error is pg.DatabaseError {
  if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') return false;
  return (
    // A statement with too few values is none, though of the same class.
    (isSqlStateOf(error, 'connection_exception') && !isSqlState(error, 'protocol_violation')) ||
    isSqlState(error, 'admin_shutdown', 'crash_shutdown') ||
    WITHOUT_A_CODE.test(error.message)
  );
}
