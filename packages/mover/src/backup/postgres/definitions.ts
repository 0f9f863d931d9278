import { notOfExtension, OUR_SCHEMAS } from '@vatevo/connection/catalog';
import type { ClientBase } from 'pg';

/**
 * What a database is made of, as statements that make it anew. Each is a query for a column `sql`, which
 * puts what PostgreSQL's own functions print of an object behind the words that create it.
 */
interface Definitions {
  /** Schemas, types, sequences, tables and functions: before the rows. */
  readonly before: readonly string[];
  /** Defaults, keys, indexes, triggers, policies and grants: after the rows. */
  readonly after: readonly string[];
}

/** Our relations of the given kinds. */
const relations = (kinds: string) =>
  `pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace AND c.relkind IN (${kinds}) AND c.relpersistence <> 't' AND ${OUR_SCHEMAS}
     AND ${notOfExtension('pg_class', 'c.oid')}`;

/** Our tables, partitioned ones and their partitions included. */
const TABLES = relations(`'r', 'p'`);

/** The storage parameters of a relation `c`. */
const OPTIONS = `coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', '')`;

/** The numbers of a sequence `s`, which no function of the server prints. */
const SEQUENCE = `format('INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s', s.seqincrement, s.seqmin,
  s.seqmax, s.seqstart, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END)`;

/** The sequence that an identity column `a` counts with; null in a partition, which has its table's. */
const IDENTITY = `(SELECT format(' GENERATED %s AS IDENTITY (SEQUENCE NAME %s %s)',
    CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, s.seqrelid::regclass, ${SEQUENCE})
  FROM pg_depend AS d JOIN pg_sequence AS s ON s.seqrelid = d.objid
  WHERE d.classid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype = 'i')`;

const COLUMN = `format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
  || CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END
  || CASE WHEN a.attgenerated = '' THEN '' ELSE format(' GENERATED ALWAYS AS (%s) %s', pg_get_expr(e.adbin, e.adrelid),
       CASE a.attgenerated WHEN 's' THEN 'STORED' ELSE 'VIRTUAL' END) END
  || CASE WHEN a.attidentity = '' THEN '' ELSE coalesce(${IDENTITY}, '') END
  || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END`;

const BEFORE = [
  `SELECT format('CREATE SCHEMA %I', n.nspname) AS sql FROM pg_namespace AS n
   WHERE ${OUR_SCHEMAS} AND n.nspname <> 'public' AND ${notOfExtension('pg_namespace', 'n.oid')} ORDER BY n.nspname`,

  `SELECT format('CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA %I', e.extname, n.nspname) AS sql
   FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql' ORDER BY e.oid`,

  `SELECT format('CREATE TYPE %s AS ENUM (%s)', t.oid::regtype, string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)) AS sql
   FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace JOIN pg_enum AS e ON e.enumtypid = t.oid
   WHERE ${OUR_SCHEMAS} AND ${notOfExtension('pg_type', 't.oid')} GROUP BY t.oid ORDER BY t.oid`,

  // Those of identity columns are made with their columns.
  `SELECT format('CREATE %sSEQUENCE %s AS %s %s', CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END,
     c.oid::regclass, format_type(s.seqtypid, NULL), ${SEQUENCE}) AS sql
   FROM ${relations(`'S'`)} JOIN pg_sequence AS s ON s.seqrelid = c.oid
   WHERE NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i')
   ORDER BY c.oid`,

  `SELECT format(E'CREATE %sTABLE %s (%s)', CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END, c.oid::regclass,
     (SELECT string_agg(E'\\n  ' || ${COLUMN}, ',' ORDER BY a.attnum)
      FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef AS e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))
     || CASE c.relkind WHEN 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid) ELSE '' END
     || ${OPTIONS} AS sql
   FROM ${TABLES} ORDER BY c.oid`,

  // Each partition is a table with an order of columns, keys and indexes of its own, which are attached as they are.
  `SELECT format('ALTER TABLE ONLY %s ATTACH PARTITION %s %s', h.inhparent::regclass, c.oid::regclass,
     pg_get_expr(c.relpartbound, c.oid)) AS sql
   FROM ${TABLES} JOIN pg_inherits AS h ON h.inhrelid = c.oid WHERE c.relispartition ORDER BY c.oid`,

  `SELECT format('ALTER SEQUENCE %s OWNED BY %s.%I', c.oid::regclass, d.refobjid::regclass, a.attname) AS sql
   FROM ${relations(`'S'`)}
     JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'a' AND d.refobjsubid > 0
     JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid ORDER BY c.oid`,

  `SELECT rtrim(pg_get_functiondef(p.oid), E'\\n') AS sql FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
   WHERE ${OUR_SCHEMAS} AND p.prokind IN ('f', 'p') AND ${notOfExtension('pg_proc', 'p.oid')} ORDER BY p.oid`,
];

/** The rights on an object that somebody other than its owner has, as statements. */
function grants(acl: string, owner: string, on: string, columns = `''`): string {
  return `SELECT format('GRANT %s%s ON %s TO %s%s', a.privilege_type, ${columns}, ${on},
      CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
      CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS sql
    FROM aclexplode(${acl}) AS a WHERE a.grantee <> ${owner}`;
}

/** What everybody may do by default is taken back before what is granted is. */
function grantsOf(from: string, acl: string, owner: string, on: string): string {
  return `SELECT g.sql FROM ${from} CROSS JOIN LATERAL (
      SELECT format('REVOKE ALL ON %s FROM PUBLIC', ${on}) AS sql UNION ALL ${grants(acl, owner, on)}) AS g
    WHERE ${acl} IS NOT NULL`;
}

/**
 * Constraints `k` of a table `c`. A CHECK of a partition comes with its table's. So does what a foreign key to a
 * partitioned table is to each partition of that.
 */
const constraints = (types: string) => `SELECT format('ALTER TABLE %s %s ADD CONSTRAINT %I %s',
     CASE WHEN c.relkind = 'p' AND k.contype IN ('c', 'f') THEN '' ELSE 'ONLY' END, k.conrelid::regclass, k.conname,
     pg_get_constraintdef(k.oid)) AS sql
   FROM ${TABLES} JOIN pg_constraint AS k ON k.conrelid = c.oid AND k.contype IN (${types})
     AND (k.contype <> 'c' OR k.coninhcount = 0)
   WHERE NOT EXISTS (SELECT FROM pg_class AS f WHERE f.oid = k.confrelid AND f.relispartition AND k.conparentid <> 0)`;

const AFTER = [
  `SELECT format('ALTER TABLE ONLY %s ALTER COLUMN %I SET DEFAULT %s', c.oid::regclass, a.attname, pg_get_expr(e.adbin, e.adrelid)) AS sql
   FROM ${TABLES} JOIN pg_attrdef AS e ON e.adrelid = c.oid
     JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = e.adnum AND a.attgenerated = '' ORDER BY c.oid, a.attnum`,

  `${constraints(`'p', 'u', 'x', 'c'`)} ORDER BY k.contype = 'c', k.oid`,

  `SELECT pg_get_indexdef(i.indexrelid) AS sql FROM ${TABLES} JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisvalid
   WHERE NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) ORDER BY i.indexrelid`,

  `SELECT format('ALTER INDEX %s ATTACH PARTITION %s', h.inhparent::regclass, h.inhrelid::regclass) AS sql
   FROM ${TABLES} JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisvalid JOIN pg_inherits AS h ON h.inhrelid = i.indexrelid
   ORDER BY i.indexrelid`,

  // Behind the keys that they point to. Those of partitions first: their tables' take them in under the names that they have.
  `${constraints(`'f'`)} ORDER BY c.relkind = 'p', (SELECT count(*) FROM pg_partition_ancestors(c.oid)) DESC, k.oid`,

  `SELECT pg_get_statisticsobjdef(s.oid) AS sql FROM ${TABLES} JOIN pg_statistic_ext AS s ON s.stxrelid = c.oid ORDER BY s.oid`,

  `SELECT format('CREATE VIEW %s', c.oid::regclass) || ${OPTIONS} || ' AS ' || rtrim(pg_get_viewdef(c.oid), ';') AS sql
   FROM ${relations(`'v'`)} ORDER BY c.oid`,

  // A partition has its table's.
  `SELECT pg_get_triggerdef(t.oid) AS sql FROM ${relations(`'r', 'p', 'v'`)} JOIN pg_trigger AS t ON t.tgrelid = c.oid AND NOT t.tgisinternal
   WHERE t.tgparentid = 0 ORDER BY t.oid`,

  `SELECT format('ALTER TABLE %s %s TRIGGER %I', c.oid::regclass,
     CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, t.tgname) AS sql
   FROM ${relations(`'r', 'p', 'v'`)} JOIN pg_trigger AS t ON t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'O' ORDER BY t.oid`,

  `SELECT format('ALTER TABLE %s %s ROW LEVEL SECURITY', c.oid::regclass, f.word) AS sql
   FROM ${TABLES} CROSS JOIN LATERAL (VALUES (c.relrowsecurity, 'ENABLE'), (c.relforcerowsecurity, 'FORCE')) AS f (yes, word)
   WHERE f.yes ORDER BY c.oid`,

  `SELECT format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, c.oid::regclass,
       CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
       CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
       (SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE r::regrole::text END, ', ') FROM unnest(p.polroles) AS r))
     || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
     || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '') AS sql
   FROM ${TABLES} JOIN pg_policy AS p ON p.polrelid = c.oid ORDER BY p.oid`,

  grantsOf(
    `(SELECT * FROM pg_namespace AS n WHERE ${OUR_SCHEMAS} AND ${notOfExtension('pg_namespace', 'n.oid')}) AS n`,
    'n.nspacl',
    'n.nspowner',
    `format('SCHEMA %I', n.nspname)`,
  ),
  grantsOf(
    relations(`'r', 'p', 'v', 'S'`),
    'c.relacl',
    'c.relowner',
    `CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.oid::regclass`,
  ),
  `SELECT g.sql FROM ${relations(`'r', 'p', 'v'`)} JOIN pg_attribute AS o ON o.attrelid = c.oid AND o.attacl IS NOT NULL AND NOT o.attisdropped
   CROSS JOIN LATERAL (${grants('o.attacl', 'c.relowner', `'TABLE ' || c.oid::regclass`, `format(' (%I)', o.attname)`)}) AS g`,
  grantsOf(
    `pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace AND ${OUR_SCHEMAS} AND ${notOfExtension('pg_proc', 'p.oid')}`,
    'p.proacl',
    'p.proowner',
    `CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || p.oid::regprocedure`,
  ),
  grantsOf(
    `pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace AND t.typtype = 'e' AND ${OUR_SCHEMAS}
     AND ${notOfExtension('pg_type', 't.oid')}`,
    't.typacl',
    't.typowner',
    `'TYPE ' || t.oid::regtype`,
  ),
];

/** Reads the definitions in a transaction whose search path is empty, so that every name has its schema. */
export async function readDefinitions(client: ClientBase): Promise<Definitions> {
  return { before: await readAll(client, BEFORE), after: await readAll(client, AFTER) };
}

async function readAll(client: ClientBase, queries: readonly string[]): Promise<string[]> {
  const statements: string[] = [];
  for (const query of queries) {
    const { rows } = await client.query<{ sql: string }>(query);
    statements.push(...rows.map(({ sql }) => sql));
  }
  return statements;
}
