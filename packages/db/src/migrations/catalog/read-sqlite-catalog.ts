import type Database from 'better-sqlite3';
import type { CatalogEntry } from './read-postgres-catalog.ts';

/**
 * Reads everything that our migrations make in a SQLite file, in the words of
 * the statements that made it. Left out are SQLite's own tables and Prisma's
 * table of migrations.
 */
export function readSqliteCatalog(database: Database.Database): CatalogEntry[] {
  const rows = database
    .prepare(
      `SELECT type AS kind, name, sql AS definition FROM sqlite_master
       WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name <> '_prisma_migrations'
       ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 WHEN 'view' THEN 3 ELSE 4 END, name`,
    )
    .all();
  return rows as CatalogEntry[];
}
