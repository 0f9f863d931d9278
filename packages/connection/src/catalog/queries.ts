import { LEDGERS } from '../ledgers.ts';

interface CatalogQuery {
  readonly kind: string;
  /** Returns the columns `name` and `definition`. */
  readonly sql: string;
}

/** Schemas that hold our objects: not the system's, not the transfer's ledger. */
const OUR_SCHEMAS = `n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', '${LEDGERS.transfer}')`;

/** Not brought by an extension. */
function notExtension(catalog: string, oid: string): string {
  return `NOT EXISTS (
    SELECT FROM pg_depend AS e
    WHERE e.classid = '${catalog}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`;
}

/** Our relations of the given kinds; `c` is pg_class, `n` its schema. */
function ourRelations(kinds: string): string {
  return `FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN (${kinds}) AND ${OUR_SCHEMAS}
      AND c.relname <> '_prisma_migrations' AND ${notExtension('pg_class', 'c.oid')}`;
}

/** The oids of our tables. */
const OUR_TABLES = `SELECT c.oid ${ourRelations(`'r', 'p'`)}`;

/** The rights that somebody other than the owner has, whoever the owner is. */
function grants(acl: string, owner: string): string {
  return `(SELECT coalesce(string_agg(grantee || '=' || privileges, ' ' ORDER BY grantee COLLATE "C"), '')
    FROM (
      SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END AS grantee,
        string_agg(a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END, ','
          ORDER BY a.privilege_type COLLATE "C") AS privileges
      FROM aclexplode(${acl}) AS a WHERE a.grantee <> ${owner} GROUP BY a.grantee
    ) AS g)`;
}

/**
 * What makes up a database, kind by kind. Names are unique within a kind; a
 * table's parts are named `table.part`.
 */
export const CATALOG_QUERIES: readonly CatalogQuery[] = [
  {
    kind: 'schema',
    sql: `SELECT n.nspname AS name, '' AS definition FROM pg_namespace AS n
      WHERE ${OUR_SCHEMAS} AND n.nspname <> 'public' AND ${notExtension('pg_namespace', 'n.oid')}
      ORDER BY n.nspname COLLATE "C"`,
  },
  {
    kind: 'extension',
    sql: `SELECT extname AS name, '' AS definition FROM pg_extension WHERE extname <> 'plpgsql'
      ORDER BY extname COLLATE "C"`,
  },
  {
    kind: 'enum',
    sql: `SELECT t.oid::regtype::text AS name,
        string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) AS definition
      FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace JOIN pg_enum AS e ON e.enumtypid = t.oid
      WHERE ${OUR_SCHEMAS} AND ${notExtension('pg_type', 't.oid')}
      GROUP BY t.oid ORDER BY t.oid::regtype::text COLLATE "C"`,
  },
  {
    kind: 'domain',
    sql: `SELECT t.oid::regtype::text AS name,
        format_type(t.typbasetype, t.typtypmod) || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
          || coalesce(' DEFAULT ' || t.typdefault, '') || coalesce((
            SELECT string_agg(' ' || pg_get_constraintdef(k.oid), '' ORDER BY k.conname COLLATE "C")
            FROM pg_constraint AS k WHERE k.contypid = t.oid AND k.contype = 'c'), '') AS definition
      FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
      WHERE t.typtype = 'd' AND ${OUR_SCHEMAS} AND ${notExtension('pg_type', 't.oid')}
      ORDER BY t.oid::regtype::text COLLATE "C"`,
  },
  {
    kind: 'sequence',
    sql: `SELECT c.oid::regclass::text AS name,
        format('AS %s START %s INCREMENT %s MIN %s MAX %s CACHE %s%s', format_type(s.seqtypid, NULL), s.seqstart,
          s.seqincrement, s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END)
        || coalesce((
          SELECT format(' OWNED BY %s.%s', d.refobjid::regclass, a.attname)
          FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
            AND d.refobjsubid > 0), '') AS definition
      FROM (SELECT c.oid ${ourRelations(`'S'`)}) AS c JOIN pg_sequence AS s ON s.seqrelid = c.oid
      ORDER BY c.oid::regclass::text COLLATE "C"`,
  },
  {
    kind: 'table',
    sql: `SELECT c.oid::regclass::text AS name,
        concat_ws(' ', CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' END,
          CASE WHEN c.relkind = 'p' THEN 'PARTITION BY ' || pg_get_partkeydef(c.oid) END,
          CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END,
          CASE WHEN c.relrowsecurity THEN 'ROW LEVEL SECURITY' END,
          CASE WHEN c.relforcerowsecurity THEN 'FORCED' END,
          'WITH (' || array_to_string(c.reloptions, ', ') || ')') AS definition
      FROM pg_class AS c WHERE c.oid IN (${OUR_TABLES}) ORDER BY c.oid::regclass::text COLLATE "C"`,
  },
  {
    kind: 'column',
    sql: `SELECT a.attrelid::regclass || '.' || quote_ident(a.attname) AS name,
        concat_ws(' ', format_type(a.atttypid, a.atttypmod),
          CASE WHEN a.attcollation <> t.typcollation THEN 'COLLATE ' || a.attcollation::regcollation END,
          CASE WHEN a.attnotnull THEN 'NOT NULL' END,
          CASE a.attidentity WHEN 'a' THEN 'GENERATED ALWAYS AS IDENTITY' WHEN 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY' END,
          CASE WHEN d.adbin IS NOT NULL THEN CASE WHEN a.attgenerated = '' THEN 'DEFAULT ' ELSE 'GENERATED AS ' END
            || pg_get_expr(d.adbin, d.adrelid) END) AS definition
      FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid IN (${OUR_TABLES}) AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY a.attrelid::regclass::text COLLATE "C", a.attnum`,
  },
  {
    // NOT NULL is told with the column; servers before 18 have no constraint for it.
    kind: 'constraint',
    sql: `SELECT k.conrelid::regclass || '.' || quote_ident(k.conname) AS name, pg_get_constraintdef(k.oid) AS definition
      FROM pg_constraint AS k WHERE k.conrelid IN (${OUR_TABLES}) AND k.contype <> 'n'
      ORDER BY k.conrelid::regclass::text COLLATE "C", k.conname COLLATE "C"`,
  },
  {
    kind: 'index',
    sql: `SELECT i.indrelid::regclass || '.' || quote_ident(c.relname) AS name,
        pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END AS definition
      FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
      WHERE i.indrelid IN (${OUR_TABLES}) ORDER BY i.indrelid::regclass::text COLLATE "C", c.relname COLLATE "C"`,
  },
  {
    kind: 'statistics',
    sql: `SELECT s.stxname AS name, pg_get_statisticsobjdef(s.oid) AS definition
      FROM pg_statistic_ext AS s WHERE s.stxrelid IN (${OUR_TABLES}) ORDER BY s.stxname COLLATE "C"`,
  },
  {
    kind: 'policy',
    sql: `SELECT p.polrelid::regclass || '.' || quote_ident(p.polname) AS name,
        concat_ws(' ', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
          'FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
          'TO ' || (SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r)::text END, ', ' ORDER BY r)
            FROM unnest(p.polroles) AS r),
          'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
          'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') AS definition
      FROM pg_policy AS p WHERE p.polrelid IN (${OUR_TABLES})
      ORDER BY p.polrelid::regclass::text COLLATE "C", p.polname COLLATE "C"`,
  },
  {
    kind: 'trigger',
    sql: `SELECT t.tgrelid::regclass || '.' || quote_ident(t.tgname) AS name,
        pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN '' ELSE ' ENABLED ' || t.tgenabled::text END AS definition
      FROM pg_trigger AS t WHERE t.tgrelid IN (${OUR_TABLES}) AND NOT t.tgisinternal
      ORDER BY t.tgrelid::regclass::text COLLATE "C", t.tgname COLLATE "C"`,
  },
  {
    kind: 'rule',
    sql: `SELECT r.ev_class::regclass || '.' || quote_ident(r.rulename) AS name, pg_get_ruledef(r.oid) AS definition
      FROM pg_rewrite AS r WHERE r.ev_class IN (${OUR_TABLES})
      ORDER BY r.ev_class::regclass::text COLLATE "C", r.rulename COLLATE "C"`,
  },
  {
    kind: 'view',
    sql: `SELECT c.oid::regclass::text AS name,
        CASE c.relkind WHEN 'm' THEN 'MATERIALIZED ' ELSE '' END
          || coalesce('WITH (' || array_to_string(c.reloptions, ', ') || ') ', '') || pg_get_viewdef(c.oid) AS definition
      FROM pg_class AS c WHERE c.oid IN (SELECT c.oid ${ourRelations(`'v', 'm'`)})
      ORDER BY c.oid::regclass::text COLLATE "C"`,
  },
  {
    kind: 'function',
    sql: `SELECT p.oid::regprocedure::text AS name, pg_get_functiondef(p.oid) AS definition
      FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
      WHERE p.prokind IN ('f', 'p') AND ${OUR_SCHEMAS} AND ${notExtension('pg_proc', 'p.oid')}
      ORDER BY p.oid::regprocedure::text COLLATE "C"`,
  },
  {
    kind: 'event trigger',
    sql: `SELECT evtname AS name, format('ON %s EXECUTE FUNCTION %s ENABLED %s', evtevent, evtfoid::regproc, evtenabled) AS definition
      FROM pg_event_trigger AS t WHERE ${notExtension('pg_event_trigger', 't.oid')} ORDER BY evtname COLLATE "C"`,
  },
  {
    kind: 'grant',
    sql: `SELECT name, definition FROM (
        SELECT 'schema ' || quote_ident(n.nspname) AS name,
          ${grants('n.nspacl', 'n.nspowner')} AS definition
        FROM pg_namespace AS n WHERE ${OUR_SCHEMAS}
        UNION ALL
        SELECT CASE c.relkind WHEN 'S' THEN 'sequence ' ELSE 'table ' END || c.oid::regclass,
          ${grants('c.relacl', 'c.relowner')}
        FROM pg_class AS c WHERE c.oid IN (SELECT c.oid ${ourRelations(`'r', 'p', 'v', 'm', 'S'`)})
        UNION ALL
        SELECT 'column ' || a.attrelid::regclass || '.' || quote_ident(a.attname), ${grants('a.attacl', 'c.relowner')}
        FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE a.attrelid IN (${OUR_TABLES}) AND a.attacl IS NOT NULL
        UNION ALL
        -- Without a list of rights, everybody may execute a function.
        SELECT 'function ' || p.oid::regprocedure,
          ${grants("coalesce(p.proacl, acldefault('f', p.proowner))", 'p.proowner')}
        FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE ${OUR_SCHEMAS} AND ${notExtension('pg_proc', 'p.oid')}
        UNION ALL
        SELECT 'type ' || t.oid::regtype, ${grants('t.typacl', 't.typowner')}
        FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
        WHERE t.typtype IN ('e', 'd') AND ${OUR_SCHEMAS} AND ${notExtension('pg_type', 't.oid')}
        UNION ALL
        SELECT format('default %s in %s', d.defaclobjtype, coalesce(n.nspname, '*')), ${grants('d.defaclacl', 'd.defaclrole')}
        FROM pg_default_acl AS d LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
      ) AS g WHERE definition <> '' ORDER BY name COLLATE "C"`,
  },
];
