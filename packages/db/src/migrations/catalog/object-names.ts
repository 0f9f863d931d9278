import type { DatabaseKind } from '../folder.ts';
import type { CatalogEntry } from './read-postgres-catalog.ts';

/** What Prisma's own comparison does not see, or sees in part only. */
const KINDS = new Set(['constraint', 'index', 'policy', 'trigger', 'function', 'view']);

/**
 * The names of a catalog's objects that Prisma's own comparison does not see.
 *
 * Names only: the text of a definition is not the same on every version of
 * PostgreSQL. SQLite lists no constraints; they are found in the statement that
 * made their table.
 */
export function objectNames(kind: DatabaseKind, catalog: readonly CatalogEntry[]): Set<string> {
  const names = new Set<string>();
  for (const entry of catalog) {
    if (KINDS.has(entry.kind)) names.add(`${entry.kind} ${entry.name}`);
    if (kind === 'sqlite' && entry.kind === 'table') {
      for (const [, constraint] of entry.definition.matchAll(/\bCONSTRAINT\s+"([^"]+)"/gi)) {
        names.add(`constraint ${entry.name}.${constraint}`);
      }
    }
  }
  return names;
}
