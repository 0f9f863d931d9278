import type { ClientBase } from 'pg';
import type { CheckConstraint } from '../../plan/catalog.ts';
import { quoteName } from '../../quote.ts';
import { PROBE } from './probe.ts';

const CHECKS = `
  SELECT c.relname AS table, format('breaks the check %s of the target', k.conname) AS reason, pg_get_expr(k.conbin, k.conrelid) AS expression,
         (SELECT array_agg(a.attname::text ORDER BY p.position)
          FROM unnest(k.conkey) WITH ORDINALITY AS p(attnum, position)
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.attnum) AS columns
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND k.contype = 'c' AND k.conkey IS NOT NULL
  ORDER BY c.relname, k.conname`;

/**
 * That a row has a partition to go into: what one of them takes. A key of expressions may read any column.
 *
 * A row for which the server cannot tell has none.
 */
const PARTITIONS = `
  SELECT c.relname AS table, 'has no partition in the target' AS reason,
         format('coalesce(%s, false)', string_agg(format('(%s)', coalesce(pg_get_partition_constraintdef(p.relid), 'true')), ' OR ')) AS expression,
         (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND (a.attnum = ANY (k.partattrs::int2[]) OR 0 = ANY (k.partattrs::int2[]) AND a.attgenerated = ''
                 OR EXISTS (SELECT FROM pg_partition_tree(c.oid) s JOIN pg_partitioned_table sk ON sk.partrelid = s.relid
                            JOIN pg_attribute sa ON sa.attrelid = s.relid
                            WHERE sa.attname = a.attname AND sa.attnum = ANY (sk.partattrs::int2[])))) AS columns
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_partitioned_table k ON k.partrelid = c.oid,
       pg_partition_tree(c.oid) AS p
  WHERE n.nspname = $1 AND NOT c.relispartition AND p.isleaf AND p.relid <> c.oid
  GROUP BY c.oid, c.relname, k.partattrs
  ORDER BY c.relname`;

/** Of every domain that a column is of, and of those that this one is made of; `VALUE` is what the column holds. */
const DOMAINS = `
  WITH RECURSIVE made AS (
    SELECT a.attrelid, a.attname, a.atttypid AS type FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT m.attrelid, m.attname, t.typbasetype FROM made m JOIN pg_type t ON t.oid = m.type AND t.typtype = 'd')
  SELECT c.relname AS table, format('breaks the check %s of the domain %s', k.conname, k.contypid::regtype) AS reason,
         pg_get_expr(k.conbin, 0) AS expression, ARRAY[m.attname::text] AS columns
  FROM made m JOIN pg_constraint k ON k.contypid = m.type AND k.contype = 'c' JOIN pg_class c ON c.oid = m.attrelid
  ORDER BY c.relname, m.attname, k.conname`;

/**
 * Of every foreign key: that there is the row which it points to. A row that lies in a partition comes and goes with the
 * table that the partition is part of.
 */
const REFERENCES = `
  SELECT c.relname AS table, format('points to no row of %s in the target', r.relname) AS reason,
         format('(%s) OR EXISTS (SELECT FROM %I.%I AS r WHERE %s)', string_agg(format('%I IS NULL', own.attname), ' OR '), rn.nspname,
                r.relname, string_agg(format('r.%I = ${PROBE}.%I', its.attname, own.attname), ' AND ')) AS expression,
         array_agg(own.attname::text ORDER BY p.position) AS columns,
         (SELECT json_build_object('schema', n.nspname, 'name', t.relname) FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
          WHERE t.oid = coalesce(pg_partition_root(f.confrelid), f.confrelid)) AS of
  FROM pg_constraint f
  JOIN pg_class c ON c.oid = f.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class r ON r.oid = f.confrelid
  JOIN pg_namespace rn ON rn.oid = r.relnamespace
  CROSS JOIN unnest(f.conkey, f.confkey) WITH ORDINALITY AS p (own, its, position)
  JOIN pg_attribute own ON own.attrelid = f.conrelid AND own.attnum = p.own
  JOIN pg_attribute its ON its.attrelid = f.confrelid AND its.attnum = p.its
  WHERE n.nspname = $1 AND f.contype = 'f' AND f.conparentid = 0 AND has_table_privilege(f.confrelid, 'SELECT')
  GROUP BY f.oid, f.confrelid, f.conname, c.relname, r.relname, rn.nspname
  ORDER BY c.relname, f.conname`;

/** Outside of names and texts in quotes it is the word for the value, which no name without quotes is. */
function ofColumn({ expression, ...check }: CheckConstraint): CheckConstraint {
  const column = quoteName(check.columns[0] as string);
  const parts = expression.split(/("(?:[^"]|"")*"|'(?:[^']|'')*')/);
  return {
    ...check,
    expression: parts
      .map((part, i) => (i % 2 === 1 ? part : part.replace(/\bVALUE\b/g, () => column)))
      .join(''),
  };
}

/** What the server checks of each row. */
export async function readChecks(client: ClientBase, schema: string): Promise<CheckConstraint[]> {
  const checks = await client.query<CheckConstraint>(CHECKS, [schema]);
  const partitions = await client.query<CheckConstraint>(PARTITIONS, [schema]);
  const domains = await client.query<CheckConstraint>(DOMAINS, [schema]);
  const references = await client.query<CheckConstraint>(REFERENCES, [schema]);
  return [...checks.rows, ...references.rows, ...partitions.rows, ...domains.rows.map(ofColumn)];
}
