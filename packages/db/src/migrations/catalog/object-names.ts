import type { CatalogEntry } from '@vatevo/connection/catalog';

/** What Prisma's own comparison does not see, or sees in part only. */
const KINDS = new Set(['constraint', 'index', 'policy', 'trigger', 'function', 'view']);

/**
 * The names of a catalog's objects that Prisma's own comparison does not see.
 *
 * Names only: the text of a definition is not the same on every version of
 * PostgreSQL.
 */
export function objectNames(catalog: readonly CatalogEntry[]): Set<string> {
  return new Set(catalog.filter(({ kind }) => KINDS.has(kind)).map(({ kind, name }) => `${kind} ${name}`));
}
