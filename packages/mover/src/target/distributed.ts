import { IS_DISTRIBUTED, isCluster } from '@vatevo/connection';
import { CommandError, ExitCode } from '@vatevo/shell';
import type { Client } from 'pg';

/** A table that a cluster's coordinator (Citus) keeps on other servers, or on all of them. */
export interface DistributedTable {
  /** Qualified, and quoted where it has to be. */
  readonly name: string;
  readonly kind: 'distributed' | 'reference';
  /** The column by which it is distributed. */
  readonly by: string | null;
  /** Those with the same number lie together. */
  readonly together: number;
}

/** The tables that a cluster keeps on other servers; none on a PostgreSQL that is no cluster. */
export async function findDistributed(client: Client): Promise<DistributedTable[]> {
  if (!(await isCluster(client))) return [];
  const { rows } = await client.query<DistributedTable>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS name,
      CASE WHEN p.partmethod = 'n' THEN 'reference' ELSE 'distributed' END AS kind,
      CASE WHEN p.partmethod <> 'n' THEN column_to_column_name(p.logicalrelid, p.partkey) END AS by,
      p.colocationid AS together
    FROM pg_dist_partition AS p JOIN pg_class AS c ON c.oid = p.logicalrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE ${IS_DISTRIBUTED} ORDER BY 1`);
  return rows;
}

/**
 * @param why what cannot be done there: `A backup needs one snapshot of the whole database`
 * @throws CommandError exit code 4 where tables are distributed over a cluster
 */
export async function refuseDistributed(
  client: Client,
  why: string,
  remedy: readonly string[],
): Promise<void> {
  const tables = await findDistributed(client);
  if (tables.length === 0) return;
  const names = tables.map(({ name }) => name).join(', ');
  throw new CommandError(
    ExitCode.notReady,
    `Tables of this database lie on several servers (${names}). ${why}`,
    {
      remedy,
    },
  );
}
