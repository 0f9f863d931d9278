import { readFile } from 'node:fs/promises';
import type { PostgresTarget, SqliteTarget } from '@vatevo/connection';
import { parseCatalog } from './catalog/catalog-text.ts';
import { objectNames } from './catalog/object-names.ts';
import { readCatalog } from './catalog/read-catalog.ts';
import { prismaFiles } from './folder.ts';
import { withEngine } from './with-engine.ts';

/**
 * Finds what differs between a database that has all migrations and what they
 * make: a text with a line for each difference, undefined when there is none.
 *
 * Two looks, since neither sees everything. Prisma compares tables, columns,
 * types, defaults, keys and ordinary indexes with the schema, whatever the
 * server's version. What it does not see (CHECKs, partial indexes, triggers,
 * policies, functions) is compared with the recorded catalog by name.
 */
export async function findDrift(target: PostgresTarget | SqliteTarget): Promise<string | undefined> {
  const text = await readFile(prismaFiles(target.kind).schema, 'utf8');
  const { isEmpty, text: summary } = await withEngine(target, (engine) =>
    engine.diff({ kind: 'schema', text }, { kind: 'database' }),
  );
  const lines = [...(isEmpty ? [] : [summary.trim()]), ...(await missingObjects(target))];
  return lines.length === 0 ? undefined : lines.join('\n');
}

async function missingObjects(target: PostgresTarget | SqliteTarget): Promise<string[]> {
  const recorded = parseCatalog(await readFile(prismaFiles(target.kind).catalog, 'utf8'));
  const present = objectNames(target.kind, await readCatalog(target));
  return [...objectNames(target.kind, recorded)]
    .filter((name) => !present.has(name))
    .map((name) => `[-] Missing ${name}`);
}
