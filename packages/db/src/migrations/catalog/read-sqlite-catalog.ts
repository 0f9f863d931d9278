import type { CatalogEntry } from '@vatevo/connection/catalog';
import { checksOf, readTableSql } from '@vatevo/sqlite-sql';
import type Database from 'better-sqlite3';

/**
 * Reads everything that our migrations make in a SQLite file, in the words of
 * the statements that made it. CHECKs, which SQLite lists nowhere, are entries of
 * their own. Left out are SQLite's own tables and Prisma's table of migrations.
 */
export function readSqliteCatalog(database: Database.Database): CatalogEntry[] {
  const rows = database
    .prepare(
      `SELECT type AS kind, name, sql AS definition FROM sqlite_master
       WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name <> '_prisma_migrations'
       ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 WHEN 'view' THEN 3 ELSE 4 END, name`,
    )
    .all() as CatalogEntry[];
  const tables = rows.filter(({ kind }) => kind === 'table');
  return [...tables, ...tables.flatMap(checkEntries), ...rows.filter(({ kind }) => kind !== 'table')];
}

function checkEntries({ name, definition }: CatalogEntry): CatalogEntry[] {
  return checksOf(readTableSql(definition))
    .map((check) => ({
      kind: 'constraint',
      name: `${name}.${check.name ?? check.expression}`,
      definition: `CHECK (${check.expression})`,
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
