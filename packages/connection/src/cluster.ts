import type { ClientBase } from 'pg';

/** SQL: whether the database is that of a cluster's coordinator (Citus), whatever of its tables is distributed. */
export const IS_CLUSTER = `pg_catalog.to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL`;

/** SQL of a row `p` of `pg_dist_partition`: whether its table lies on other servers, and not on the coordinator alone. */
export const IS_DISTRIBUTED = `(p.partmethod <> 'n' OR p.repmodel = 't')`;

export async function isCluster(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ is: boolean }>(`SELECT ${IS_CLUSTER} AS is`);
  return rows[0]?.is === true;
}
