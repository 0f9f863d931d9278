import type { ClientBase } from 'pg';
import { findColumnType } from '../../column-types/registry.ts';
import type { TargetType } from '../../column-types/types.ts';
import type { TargetColumn, TargetTable } from '../../plan/catalog.ts';

/** The ordinary tables of one schema, with all that a transfer into them must know. */
export async function readPostgresCatalog(client: ClientBase, schema: string): Promise<TargetTable[]> {
  // One after the other: a single connection has a single queue.
  const columns = await client.query<ColumnRow>(COLUMNS, [schema]);
  const uniques = await client.query<UniqueRow>(UNIQUES, [schema]);
  const foreignKeys = await client.query<ForeignKeyRow>(FOREIGN_KEYS, [schema]);
  const names = [...new Set(columns.rows.map((row) => row.table_name))];
  return names.map((name) => {
    const ofTable = <Row extends { table_name: string }>(rows: Row[]) =>
      rows.filter((row) => row.table_name === name);
    const keys = ofTable(uniques.rows);
    return {
      schema,
      name,
      columns: ofTable(columns.rows).map(toColumn),
      primaryKey: keys.find((key) => key.is_primary)?.columns ?? [],
      uniqueKeys: keys.map((key) => ({ name: key.index_name, columns: key.columns })),
      foreignKeys: ofTable(foreignKeys.rows).map((row) => ({
        name: row.name,
        columns: row.columns,
        referencedTable: { schema: row.referenced_schema, name: row.referenced_table },
        referencedColumns: row.referenced_columns,
        isFull: row.is_full,
      })),
    };
  });
}

interface ColumnRow {
  table_name: string;
  name: string;
  base_type: string;
  type_kind: string;
  sql: string;
  typmod: number;
  base: string | null;
  not_null: boolean;
  has_default: boolean;
  generated: boolean;
  sequence: string | null;
  labels: string[] | null;
  element: { base_type: string; type_kind: string; sql: string; oid: number; labels: string[] | null } | null;
}

interface UniqueRow {
  table_name: string;
  index_name: string;
  is_primary: boolean;
  columns: string[];
}

interface ForeignKeyRow {
  table_name: string;
  name: string;
  columns: string[];
  referenced_schema: string;
  referenced_table: string;
  referenced_columns: string[];
  is_full: boolean;
}

/** A domain is to values what the type is that it is made of; it may be made of another domain. */
const COLUMNS = `
  WITH RECURSIVE base AS (
    SELECT oid AS domain, typbasetype AS type, typtypmod AS typmod, typnotnull AS not_null FROM pg_type WHERE typtype = 'd'
    UNION ALL
    SELECT b.domain, d.typbasetype, d.typtypmod, b.not_null OR d.typnotnull FROM base b
    JOIN pg_type d ON d.oid = b.type AND d.typtype = 'd')
  SELECT c.relname AS table_name, a.attname AS name, t.typname AS base_type, t.typtype AS type_kind,
         format_type(a.atttypid, a.atttypmod) AS sql, coalesce(b.typmod, a.atttypmod) AS typmod,
         format_type(b.type, b.typmod) AS base,
         a.attnotnull OR coalesce(b.not_null, false) AS not_null,
         (a.atthasdef OR a.attidentity <> '') AND a.attgenerated = '' AS has_default,
         a.attgenerated <> '' AS generated,
         pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname) AS sequence,
         (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) AS labels,
         (SELECT json_build_object('base_type', m.typname, 'type_kind', m.typtype, 'sql', format_type(m.oid, coalesce(b.typmod, a.atttypmod)),
            'oid', m.oid::bigint,
            'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = m.oid))
          FROM pg_type m WHERE m.typarray = t.oid) AS element
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN base b ON b.domain = a.atttypid AND NOT EXISTS (SELECT FROM pg_type d WHERE d.oid = b.type AND d.typtype = 'd')
  JOIN pg_type t ON t.oid = coalesce(b.type, a.atttypid)
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  ORDER BY c.relname, a.attnum`;

const UNIQUES = `
  SELECT c.relname AS table_name, i.relname AS index_name, x.indisprimary AS is_primary,
         (SELECT array_agg(a.attname::text ORDER BY k.position)
          FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
          WHERE k.position <= x.indnkeyatts) AS columns
  FROM pg_index x
  JOIN pg_class c ON c.oid = x.indrelid
  JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND x.indisunique AND x.indpred IS NULL AND x.indexprs IS NULL
  ORDER BY c.relname, x.indisprimary DESC, i.relname`;

/** The names of the columns that a constraint lists, in its order. */
const namesOf = (table: string, key: string) => `
  (SELECT array_agg(a.attname::text ORDER BY k.position)
   FROM unnest(${key}) WITH ORDINALITY AS k(attnum, position)
   JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = k.attnum)`;

const FOREIGN_KEYS = `
  SELECT c.relname AS table_name, f.conname AS name, ${namesOf('f.conrelid', 'f.conkey')} AS columns,
         f.confmatchtype = 'f' AS is_full, rn.nspname AS referenced_schema, r.relname AS referenced_table,
         ${namesOf('f.confrelid', 'f.confkey')} AS referenced_columns
  FROM pg_constraint f
  JOIN pg_class c ON c.oid = f.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class r ON r.oid = f.confrelid
  JOIN pg_namespace rn ON rn.oid = r.relnamespace
  WHERE n.nspname = $1 AND f.contype = 'f'
  ORDER BY c.relname, f.conname`;

function toColumn(row: ColumnRow): TargetColumn {
  return {
    name: row.name,
    type: { ...toType(row), ...(row.base !== null && { base: row.base }) },
    notNull: row.not_null,
    hasDefault: row.has_default,
    generated: row.generated,
    sequence: row.sequence ?? undefined,
  };
}

function toType({
  base_type: base,
  type_kind: kind,
  sql,
  typmod,
  labels,
  element,
}: Pick<ColumnRow, 'base_type' | 'type_kind' | 'sql' | 'typmod' | 'labels' | 'element'>): TargetType {
  if (element) {
    const of = toType({ ...element, typmod, element: null });
    // What nothing can be carried into cannot be carried into an array either.
    if (findColumnType(of.name) === undefined) return { name: sql, sql };
    return { name: 'array', sql, element: { ...of, oid: element.oid } };
  }
  if (kind === 'e') return { name: 'enum', sql, labels: labels ?? [] };
  // A type made of others may have the name of one that it is not.
  if (kind !== 'b') return { name: sql, sql };
  return { name: base, sql, ...(typmod < 0 ? {} : findColumnType(base)?.modifier(typmod)) };
}
