import { readFile } from 'node:fs/promises';
import type { PostgresTarget, SqliteTarget } from '@vatevo/connection';
import type { CatalogEntry } from '@vatevo/connection/catalog';
import { storedSchema } from '../schema/stored-schema.ts';
import { parseCatalog } from './catalog/catalog-text.ts';
import { compareCatalogs } from './catalog/compare-catalogs.ts';
import { objectNames } from './catalog/object-names.ts';
import { readCatalog } from './catalog/read-catalog.ts';
import { prismaFiles } from './folder.ts';
import { withEngine } from './with-engine.ts';

/**
 * Finds what differs between a database that has all migrations and what they
 * make: a text with a line for each difference, undefined when there is none.
 */
export async function findDrift(target: PostgresTarget | SqliteTarget): Promise<string | undefined> {
  const recorded = parseCatalog(await readFile(prismaFiles(target.kind).catalog, 'utf8'));
  const lines =
    target.kind === 'postgres'
      ? compareCatalogs(recorded, await readCatalog(target))
      : await sqliteDrift(target, recorded);
  return lines.length === 0 ? undefined : lines.join('\n');
}

/**
 * Two looks, since neither sees everything. SQLite keeps the statements that made
 * its tables, which differ from ours where somebody made the same in other words;
 * so Prisma compares tables, columns, types, defaults, keys and ordinary indexes
 * with the schema, and what it does not see is compared with the recorded catalog:
 * partial indexes and the like by name, CHECKs by what they say.
 */
async function sqliteDrift(target: SqliteTarget, recorded: readonly CatalogEntry[]): Promise<string[]> {
  const text = storedSchema('sqlite', await readFile(prismaFiles('sqlite').schema, 'utf8'));
  const { isEmpty, text: summary } = await withEngine(target, (engine) =>
    engine.diff({ kind: 'schema', text }, { kind: 'database' }),
  );
  const catalog = await readCatalog(target);
  const present = objectNames(catalog);
  const missing = [...objectNames(recorded)].filter((name) => !present.has(name));
  const checks = new Map(catalog.filter(isConstraint).map(({ name, definition }) => [name, definition]));
  const changed = recorded.filter(
    ({ name, definition, ...entry }) =>
      isConstraint(entry) && checks.has(name) && checks.get(name) !== definition,
  );
  return [
    ...(isEmpty ? [] : [summary.trim()]),
    ...missing.map((name) => `[-] Missing ${name}`),
    ...changed.map(
      ({ name, definition }) =>
        `[*] Changed constraint ${name}: ${checks.get(name)} instead of ${definition}`,
    ),
  ];
}

function isConstraint({ kind }: Pick<CatalogEntry, 'kind'>): boolean {
  return kind === 'constraint';
}
