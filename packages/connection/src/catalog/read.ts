import type { ClientBase } from 'pg';
import { CATALOG_QUERIES } from './queries.ts';

export { notOfExtension, OUR_SCHEMAS } from './ours.ts';

/**
 * One object of a database: what it is, its name, and the rest of it as text.
 * All three come from PostgreSQL's own functions, so that what Prisma's diff does
 * not see (CHECKs, partial indexes, policies, triggers, functions, grants) shows too.
 */
export interface CatalogEntry {
  readonly kind: string;
  readonly name: string;
  readonly definition: string;
}

/**
 * Reads everything that our migrations make in a database, in an order that
 * depends on nothing but names. Left out are the system's own schemas, what
 * extensions brought, Prisma's table of migrations and the transfer's ledger.
 */
export async function readPostgresCatalog(client: ClientBase): Promise<CatalogEntry[]> {
  await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    return await readCatalogEntries(client);
  } finally {
    await client.query('ROLLBACK');
  }
}

/** The same in the transaction that the client is in, whose search path is `public` from then on. */
export async function readCatalogEntries(client: ClientBase): Promise<CatalogEntry[]> {
  // Definitions name a table's schema only when it is not on the search path.
  await client.query(`SET LOCAL search_path = public`);
  const entries: CatalogEntry[] = [];
  for (const { kind, sql } of CATALOG_QUERIES) {
    const { rows } = await client.query<{ name: string; definition: string }>(sql);
    for (const { name, definition } of rows) entries.push({ kind, name, definition });
  }
  return entries;
}
