import { type DistributedTable, findDistributed } from '@vatevo/mover/target';
import { formatBytes } from '@vatevo/shell';
import type { Client } from 'pg';

/** A table that is distributed, and where it lies. */
export interface Place extends DistributedTable {
  readonly bytes: number;
  /** How many parts of it are on which server. */
  readonly nodes: readonly { readonly node: string; readonly parts: number }[];
}

export async function readPlaces(client: Client): Promise<Place[]> {
  const tables = await findDistributed(client);
  const { rows } = await client.query<Pick<Place, 'name' | 'bytes' | 'nodes'>>(
    `SELECT name, citus_total_relation_size(name::regclass)::float8 AS bytes,
       (SELECT json_agg(json_build_object('node', node, 'parts', parts) ORDER BY node) FROM (
          SELECT nodename || ':' || nodeport AS node, count(*)::int AS parts FROM citus_shards
          WHERE table_name = name::regclass GROUP BY 1) AS counted) AS nodes
     FROM unnest($1::text[]) AS name`,
    [tables.map(({ name }) => name)],
  );
  return tables.map((table) => ({ ...table, ...(rows.find(({ name }) => name === table.name) as Place) }));
}

export function describePlaces(places: readonly Place[]): string[] {
  return places.map(({ name, by, bytes, nodes }) => {
    const where = nodes.map(({ node, parts }) => `${parts} on ${node}`).join(', ');
    return `${name}: ${by === null ? 'whole on every server' : `by ${by}`}, ${formatBytes(bytes)} (${where})`;
  });
}
