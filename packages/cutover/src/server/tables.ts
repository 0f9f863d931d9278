import { LEDGERS } from '@vatevo/connection';
import { notOfExtension, OUR_SCHEMAS } from '@vatevo/connection/catalog';
import type { Client } from 'pg';
import { SCHEMA } from './schema.ts';

/** A table of PostgreSQL in which the service keeps rows. */
export interface ServedTable {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** The primary key's columns, in the key's order; none while it is deferred. */
  readonly key: readonly string[];
  /** Tables below it in which its rows lie, for a partitioned table: whoever writes to one of them passes it by. */
  readonly partitions: readonly { readonly schema: string; readonly name: string }[];
  /** It inherits from another table, whose rows it therefore is part of. */
  readonly inherits: boolean;
  /**
   * Equal as long as the table is made of the same columns and was not rewritten: what a rewrite does to rows no
   * trigger sees.
   */
  readonly shape: string;
}

/** What is in the database beside the tables that a move takes along. */
export interface Others {
  /** Tables in other schemas, as `schema.table`. */
  readonly tables: readonly string[];
  /** Sequences that feed no column of their own, of the schema that is moved. */
  readonly sequences: readonly string[];
}

const SERVED = `
  SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name,
    ARRAY(SELECT a.attname::text FROM pg_index x
          CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k (attnum, position)
          JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum
          WHERE x.indrelid = c.oid AND x.indisprimary AND k.position <= x.indnkeyatts ORDER BY k.position) AS key,
    coalesce((SELECT jsonb_agg(jsonb_build_object('schema', pn.nspname, 'name', p.relname) ORDER BY p.oid)
              FROM pg_partition_tree(c.oid) t JOIN pg_class p ON p.oid = t.relid
              JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE t.isleaf AND p.oid <> c.oid), '[]') AS partitions,
    EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) AS inherits,
    concat_ws(' ',
      (SELECT string_agg(concat_ws(':', a.attnum, a.attname, a.atttypid, a.atttypmod, a.attgenerated), ',' ORDER BY a.attnum)
       FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
      pg_relation_filenode(c.oid),
      (SELECT string_agg(pg_relation_filenode(t.relid)::text, ',' ORDER BY t.relid)
       FROM pg_partition_tree(c.oid) t WHERE t.isleaf)) AS shape
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND ${notOfExtension('pg_class', 'c.oid')}
    AND c.relname <> ALL ($2::text[])
  ORDER BY c.relname`;

/**
 * The tables of a schema, as the catalog has them.
 *
 * @param others names of tables that are not the service's: bookkeeping, and what an operator said is not ours
 */
export async function servedTables(
  client: Client,
  schema: string,
  others: readonly string[],
): Promise<ServedTable[]> {
  return (await client.query<ServedTable>(SERVED, [schema, others])).rows;
}

/** Schemas of our own, which hold what is known of moves, failovers and a cluster, and no rows of anybody's. */
const BOOKKEEPING = [SCHEMA, ...Object.values(LEDGERS)];

/** Everything else that rows, or numbers that were assigned, may be kept in. */
export async function findOthers(client: Client, schema: string): Promise<Others> {
  const tables = await client.query<{ name: string }>(
    `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND ${notOfExtension('pg_class', 'c.oid')}
       AND ${OUR_SCHEMAS} AND n.nspname <> ALL ($1) ORDER BY 1`,
    [[schema, ...BOOKKEEPING]],
  );
  const sequences = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'S' AND n.nspname = $1 AND ${notOfExtension('pg_class', 'c.oid')}
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                       AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i'))
     ORDER BY 1`,
    [schema],
  );
  const names = (rows: { name: string }[]) => rows.map(({ name }) => name);
  return { tables: names(tables.rows), sequences: names(sequences.rows) };
}

/** A table that has a trigger of ours. */
export interface TriggeredTable {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** Whether the trigger fires when a service writes. */
  readonly enabled: boolean;
  /** What its function does, as it was written. */
  readonly runs: string;
}

/** Tables, wherever they are, that have a trigger of this name. */
export async function tablesWith(client: Client, trigger: string): Promise<TriggeredTable[]> {
  const { rows } = await client.query<TriggeredTable>(
    `SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name, g.tgenabled IN ('O', 'A') AS enabled,
            p.prosrc AS runs
     FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_proc p ON p.oid = g.tgfoid
     WHERE g.tgname = $1 AND NOT g.tgisinternal AND g.tgparentid = 0 ORDER BY 2, 3`,
    [trigger],
  );
  return rows;
}
