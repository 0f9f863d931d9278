import { foldName, normalize, readTableSql, type TableSql, tokensOf } from '@vatevo/sqlite-sql';
import type Database from 'better-sqlite3';

/** A SQLite database as far as a migration changes it. */
export interface Shape {
  readonly tables: ReadonlyMap<string, TableShape>;
  /** Views and triggers, in the order in which they were made. */
  readonly others: readonly OtherShape[];
}

export interface TableShape {
  readonly name: string;
  readonly sql: TableSql;
  readonly columns: readonly ColumnShape[];
  readonly primaryKey: readonly string[];
  readonly countsUp: boolean;
  /** By what they mean, whatever they are called. */
  readonly foreignKeys: ReadonlySet<string>;
  readonly indexes: readonly IndexShape[];
  readonly triggers: readonly string[];
}

export interface ColumnShape {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  /** Its default as SQL; null when it has none. */
  readonly defaultSql: string | null;
  readonly isGenerated: boolean;
  /** All of it that Prisma compares. */
  readonly signature: string;
}

export interface IndexShape {
  readonly name: string;
  readonly sql: string;
  /** What it means; undefined for a partial one or one of expressions, which Prisma knows nothing of. */
  readonly signature: string | undefined;
  /** Every name in it, folded. */
  readonly words: ReadonlySet<string>;
}

export interface OtherShape {
  readonly type: 'view' | 'trigger';
  readonly name: string;
  readonly table: string;
  readonly sql: string;
  readonly words: ReadonlySet<string>;
}

interface SchemaRow {
  readonly type: string;
  readonly name: string;
  readonly tbl_name: string;
  readonly sql: string;
}

export function readShape(database: Database.Database): Shape {
  const rows = database
    .prepare(
      `SELECT type, name, tbl_name, sql FROM sqlite_schema
       WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name <> '_prisma_migrations' ORDER BY rowid`,
    )
    .all() as SchemaRow[];
  const tables = new Map<string, TableShape>();
  for (const row of rows) {
    const sql = row.type === 'table' ? readTableSql(row.sql) : undefined;
    if (sql) tables.set(row.name, readTable(database, row, sql, rows));
  }
  const others = rows.flatMap(({ type, name, tbl_name: table, sql }) =>
    type === 'view' || type === 'trigger' ? [{ type, name, table, sql, words: wordsOf(sql) } as const] : [],
  );
  return { tables, others };
}

function readTable(
  database: Database.Database,
  { name }: SchemaRow,
  sql: TableSql,
  rows: readonly SchemaRow[],
): TableShape {
  const described = database.prepare('SELECT * FROM pragma_table_xinfo(?)').all(name) as {
    name: string;
    type: string;
    notnull: number;
    dflt_value: string | null;
    pk: number;
    hidden: number;
  }[];
  const own = rows.filter((row) => foldName(row.tbl_name) === foldName(name));
  return {
    name,
    sql,
    columns: described.map((column) => ({
      name: column.name,
      type: column.type,
      isRequired: column.notnull === 1,
      defaultSql: column.dflt_value,
      isGenerated: column.hidden !== 0,
      signature: [
        column.type.toUpperCase(),
        column.notnull,
        column.dflt_value === null ? '' : normalize(column.dflt_value),
        column.pk,
      ].join(' | '),
    })),
    primaryKey: described
      .filter(({ pk }) => pk > 0)
      .sort((one, other) => one.pk - other.pk)
      .map((column) => column.name),
    countsUp: sql.countsUp,
    foreignKeys: readForeignKeys(database, name),
    indexes: own
      .filter(({ type }) => type === 'index')
      .map((index) => ({
        name: index.name,
        sql: index.sql,
        signature: indexSignature(database, name, index.name),
        words: wordsOf(index.sql),
      })),
    triggers: own.filter(({ type }) => type === 'trigger').map(({ sql: text }) => text),
  };
}

function readForeignKeys(database: Database.Database, table: string): Set<string> {
  const rows = database
    .prepare('SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq')
    .all(table) as Record<
    'id' | 'table' | 'from' | 'to' | 'on_update' | 'on_delete',
    string | number | null
  >[];
  const keys = new Map<unknown, string[]>();
  for (const row of rows) {
    const rule = `${foldName(String(row.table))} ${row.on_update} ${row.on_delete}`;
    const key = keys.get(row.id) ?? [rule];
    key.push(`${foldName(String(row.from))}>${foldName(String(row.to ?? ''))}`);
    keys.set(row.id, key);
  }
  return new Set([...keys.values()].map((key) => key.join(' ')));
}

function indexSignature(database: Database.Database, table: string, index: string): string | undefined {
  const facts = database
    .prepare('SELECT "unique" AS is_unique, partial FROM pragma_index_list(?) WHERE name = ?')
    .get(table, index) as { is_unique: number; partial: number };
  const columns = database
    .prepare(
      'SELECT cid, name, "desc" AS descends, coll FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno',
    )
    .all(index) as { cid: number; name: string | null; descends: number; coll: string }[];
  if (facts.partial === 1 || columns.some(({ cid }) => cid < 0)) return undefined;
  const list = columns.map(({ name, descends }) => `${foldName(name ?? '')}${descends ? ' desc' : ''}`);
  return `${facts.is_unique ? 'unique ' : ''}${list.join(', ')}`;
}

function wordsOf(sql: string): Set<string> {
  return new Set(
    tokensOf(sql)
      .filter(({ kind }) => kind === 'name' || kind === 'word')
      .map(({ value }) => value.toLowerCase()),
  );
}
