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
  not_null: boolean;
  has_default: boolean;
  generated: boolean;
  sequence: string | null;
  labels: string[] | null;
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
}

const COLUMNS = `
  SELECT c.relname AS table_name, a.attname AS name, t.typname AS base_type, t.typtype AS type_kind,
         format_type(a.atttypid, a.atttypmod) AS sql, a.atttypmod AS typmod, a.attnotnull AS not_null,
         (a.atthasdef OR a.attidentity <> '') AND a.attgenerated = '' AS has_default,
         a.attgenerated <> '' AS generated,
         pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname) AS sequence,
         (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) AS labels
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
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
         rn.nspname AS referenced_schema, r.relname AS referenced_table,
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
    type: toType(row),
    notNull: row.not_null,
    hasDefault: row.has_default,
    generated: row.generated,
    sequence: row.sequence ?? undefined,
  };
}

function toType({ base_type: base, type_kind: kind, sql, typmod, labels }: ColumnRow): TargetType {
  if (kind === 'e') return { name: 'enum', sql, labels: labels ?? [] };
  // A domain, or a type made of others, may have the name of one that it is not.
  if (kind !== 'b') return { name: sql, sql };
  return { name: base, sql, ...(typmod < 0 ? {} : findColumnType(base)?.modifier(typmod)) };
}
