import { isOtherServerAway } from '@vatevo/connection';
import { type DistributedTable, findDistributed } from '@vatevo/mover/target';
import { formatBytes } from '@vatevo/shell';
import type { Client } from 'pg';

/** A table that is distributed, and where it lies. */
export interface Place extends DistributedTable {
  /** Undefined while a server of the cluster is away. */
  readonly bytes: number | undefined;
  /** How many parts of it are on which server. */
  readonly nodes: readonly { readonly node: string; readonly parts: number }[];
}

export async function readPlaces(client: Client): Promise<Place[]> {
  const tables = await findDistributed(client);
  const names = tables.map(({ name }) => name);
  const { rows } = await client.query<Pick<Place, 'name' | 'nodes'>>(
    `SELECT name, (SELECT json_agg(json_build_object('node', node, 'parts', parts) ORDER BY node) FROM (
       SELECT nodename || ':' || nodeport AS node, count(*)::int AS parts
       FROM pg_dist_shard AS s JOIN pg_dist_placement USING (shardid) JOIN pg_dist_node USING (groupid)
       WHERE s.logicalrelid = name::regclass AND noderole = 'primary' GROUP BY 1) AS counted) AS nodes
     FROM unnest($1::text[]) AS name`,
    [names],
  );
  const sizes = await readSizes(client, names);
  return tables.map((table, index) => ({
    ...table,
    nodes: rows.find(({ name }) => name === table.name)?.nodes ?? [],
    bytes: sizes[index],
  }));
}

/** Undefined while a server is away. */
async function readSizes(client: Client, names: readonly string[]): Promise<(number | undefined)[]> {
  try {
    const { rows } = await client.query<{ bytes: number }>(
      `SELECT citus_total_relation_size(name::regclass)::float8 AS bytes
       FROM unnest($1::text[]) WITH ORDINALITY AS t (name, place) ORDER BY place`,
      [names],
    );
    return rows.map(({ bytes }) => bytes);
  } catch (error) {
    if (!isOtherServerAway(error)) throw error;
    return [];
  }
}

export function describePlaces(places: readonly Place[]): string[] {
  return places.map(({ name, by, bytes, nodes }) => {
    const where = nodes.map(({ node, parts }) => `${parts} on ${node}`).join(', ');
    return `${name}: ${by === null ? 'whole on every server' : `by ${by}`}, ${bytes === undefined ? 'a server is away' : formatBytes(bytes)} (${where})`;
  });
}
