import { type PostgresTarget, type SqliteTarget, withConnection } from '@vatevo/connection';
import { type CatalogEntry, readPostgresCatalog } from '@vatevo/connection/catalog';
import Database from 'better-sqlite3';
import { readSqliteCatalog } from './read-sqlite-catalog.ts';

/**
 * Reads the catalog of a database on a connection of its own.
 *
 * @throws ConnectionError
 */
export async function readCatalog(target: PostgresTarget | SqliteTarget): Promise<CatalogEntry[]> {
  return target.kind === 'postgres' ? withConnection(target, readPostgresCatalog) : readSqlite(target);
}

function readSqlite({ file }: SqliteTarget): CatalogEntry[] {
  const database = new Database(file, { readonly: true });
  try {
    return readSqliteCatalog(database);
  } finally {
    database.close();
  }
}
