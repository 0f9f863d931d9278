import { type PostgresTarget, type SqliteTarget, withConnection } from '@vatevo/connection';
import { type CatalogEntry, readPostgresCatalog } from '@vatevo/connection/catalog';
import { BUSY_TIMEOUT_MS, readFile } from '../../sqlite/read-file.ts';
import { readSqliteCatalog } from './read-sqlite-catalog.ts';

/**
 * Reads the catalog of a database on a connection of its own.
 *
 * @throws ConnectionError
 */
export async function readCatalog(target: PostgresTarget | SqliteTarget): Promise<CatalogEntry[]> {
  return target.kind === 'postgres'
    ? withConnection(target, readPostgresCatalog)
    : readFile(target.file, BUSY_TIMEOUT_MS, readSqliteCatalog);
}
