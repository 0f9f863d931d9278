import type { ClientBase } from 'pg';
import type { GeneratedColumn, IndexShape } from '../../plan/catalog.ts';

/** The columns of the table `c` that an object of the catalog depends on, by their names. */
const dependsOn = (catalog: string, object: string) => `
  (SELECT coalesce(array_agg(DISTINCT a.attname::text), '{}') FROM pg_depend d
   JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
   WHERE d.classid = '${catalog}'::regclass AND d.objid = ${object} AND d.refclassid = 'pg_class'::regclass
     AND d.refobjid = c.oid AND d.refobjsubid > 0)`;

const GENERATED = `
  SELECT c.relname AS table, a.attname AS name, pg_get_expr(g.adbin, g.adrelid) AS expression,
         array_remove(${dependsOn('pg_attrdef', 'g.oid')}, a.attname::text) AS columns
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attrdef g ON g.adrelid = c.oid AND g.adnum = a.attnum
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attgenerated = 's' AND NOT a.attisdropped
  ORDER BY c.relname, a.attnum`;

const INDEXES = `
  SELECT c.relname AS table, i.relname AS name, m.amname AS method, pg_get_expr(x.indpred, x.indrelid) AS predicate,
         (SELECT array_agg('(' || pg_get_indexdef(x.indexrelid, k, true) || ')' ORDER BY k)
          FROM generate_series(1, x.indnatts) AS k) AS values,
         (SELECT array_agg(format('%I.%I', on_.nspname, o.opcname) ORDER BY p.position)
          FROM unnest(x.indclass::oid[]) WITH ORDINALITY AS p(oid, position)
          JOIN pg_opclass o ON o.oid = p.oid JOIN pg_namespace on_ ON on_.oid = o.opcnamespace
          WHERE p.position <= x.indnkeyatts) AS "operatorClasses",
         x.indpred IS NULL AND x.indexprs IS NULL AS "isPlain",
         (SELECT coalesce(array_agg(DISTINCT a.attname::text), '{}') FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0
            AND (a.attnum = ANY (x.indkey::int2[]) OR a.attname::text = ANY (${dependsOn('pg_class', 'i.oid')}::text[]))) AS columns
  FROM pg_index x
  JOIN pg_class c ON c.oid = x.indrelid
  JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_am m ON m.oid = i.relam
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND m.amname <> 'hash'
  ORDER BY c.relname, i.relname`;

export async function readGenerated(client: ClientBase, schema: string): Promise<GeneratedColumn[]> {
  return (await client.query<GeneratedColumn>(GENERATED, [schema])).rows;
}

export async function readIndexes(client: ClientBase, schema: string): Promise<IndexShape[]> {
  return (await client.query<IndexShape>(INDEXES, [schema])).rows;
}
