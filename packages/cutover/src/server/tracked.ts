import type { Client } from 'pg';
import { SCHEMA } from './schema.ts';
import type { ServedTable } from './tables.ts';

/** A table whose changes are logged. */
export interface TrackedTable {
  readonly oid: string;
  readonly name: string;
  /** Its shape when its triggers were made. */
  readonly shape: string;
  /** The shape at which the file held its rows; undefined for a table that the file has not held yet. */
  readonly fileShape: string | undefined;
}

/** Notes at the hand-over, in its transaction, what the file that hands over stands at. */
export async function trackFromHere(
  client: Client,
  moveId: string,
  tables: readonly ServedTable[],
): Promise<void> {
  await client.query(`DELETE FROM ${SCHEMA}.tracked_table WHERE move_id = $1`, [moveId]);
  await client.query(
    `INSERT INTO ${SCHEMA}.tracked_table (move_id, oid, name, shape, file_shape)
     SELECT $1, oid, name, shape, shape FROM unnest($2::oid[], $3::text[], $4::text[]) t (oid, name, shape)`,
    [moveId, ...columnsOf(tables)],
  );
}

/** Notes that triggers were made for tables as they are now. What the file stands at stays as it is. */
export async function trackNow(
  client: Client,
  moveId: string,
  tables: readonly ServedTable[],
): Promise<void> {
  await client.query(
    `INSERT INTO ${SCHEMA}.tracked_table (move_id, oid, name, shape)
     SELECT $1, * FROM unnest($2::oid[], $3::text[], $4::text[])
     ON CONFLICT (move_id, oid) DO UPDATE SET name = excluded.name, shape = excluded.shape`,
    [moveId, ...columnsOf(tables)],
  );
}

function columnsOf(tables: readonly ServedTable[]): string[][] {
  return [tables.map(({ oid }) => oid), tables.map(({ name }) => name), tables.map(({ shape }) => shape)];
}

/** By oid. */
export async function readTracked(client: Client, moveId: string): Promise<Map<string, TrackedTable>> {
  const { rows } = await client.query<{
    oid: string;
    name: string;
    shape: string;
    file_shape: string | null;
  }>(`SELECT oid::text AS oid, name, shape, file_shape FROM ${SCHEMA}.tracked_table WHERE move_id = $1`, [
    moveId,
  ]);
  return new Map(
    rows.map(({ oid, name, shape, file_shape }) => [
      oid,
      { oid, name, shape, fileShape: file_shape ?? undefined },
    ]),
  );
}
