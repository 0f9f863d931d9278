import { connect, type PostgresTarget, type SqliteTarget } from '@vatevo/connection';
import { type CatalogEntry, readPostgresCatalog } from '@vatevo/connection/catalog';
import Database from 'better-sqlite3';
import { readSqliteCatalog } from './read-sqlite-catalog.ts';

/**
 * Reads the catalog of a database on a connection of its own.
 *
 * @throws ConnectionError
 */
export async function readCatalog(target: PostgresTarget | SqliteTarget): Promise<CatalogEntry[]> {
  return target.kind === 'postgres' ? readPostgres(target) : readSqlite(target);
}

async function readPostgres(target: PostgresTarget): Promise<CatalogEntry[]> {
  const client = await connect(target);
  try {
    return await readPostgresCatalog(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function readSqlite({ file }: SqliteTarget): CatalogEntry[] {
  const database = new Database(file, { readonly: true });
  try {
    return readSqliteCatalog(database);
  } finally {
    database.close();
  }
}
