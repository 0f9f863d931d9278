import { readFile } from 'node:fs/promises';
import { connect, type PostgresTarget, type SqliteTarget } from '@vatevo/connection';
import { parseCatalog } from './catalog/catalog-text.ts';
import { type CatalogEntry, readPostgresCatalog } from './catalog/read-postgres-catalog.ts';
import { prismaFiles } from './folder.ts';
import { withEngine } from './with-engine.ts';

/**
 * Finds what differs between a database that has all migrations and what they
 * make: a text with a line for each difference, undefined when there is none.
 *
 * Two looks, since neither sees everything. Prisma compares tables, columns,
 * types, defaults, keys and ordinary indexes with the schema, whatever the
 * server's version. What it does not see (CHECKs, partial indexes, triggers,
 * policies, functions) is compared with the recorded catalog by name: the text
 * of definitions is not the same on every version.
 */
export async function findDrift(target: PostgresTarget | SqliteTarget): Promise<string | undefined> {
  const text = await readFile(prismaFiles(target.kind).schema, 'utf8');
  const { isEmpty, text: summary } = await withEngine(target, (engine) =>
    engine.diff({ kind: 'schema', text }, { kind: 'database' }),
  );
  const lines = isEmpty ? [] : [summary.trim()];
  if (target.kind === 'postgres') lines.push(...(await missingObjects(target)));
  return lines.length === 0 ? undefined : lines.join('\n');
}

const COMPARED_BY_NAME = new Set(['constraint', 'index', 'policy', 'trigger', 'function', 'view']);

async function missingObjects(target: PostgresTarget): Promise<string[]> {
  const recorded = parseCatalog(await readFile(prismaFiles('postgres').catalog, 'utf8'));
  const client = await connect(target);
  try {
    const present = new Set((await readPostgresCatalog(client)).map(nameOf));
    return recorded
      .filter((entry) => COMPARED_BY_NAME.has(entry.kind) && !present.has(nameOf(entry)))
      .map((entry) => `[-] Missing ${nameOf(entry)}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function nameOf({ kind, name }: CatalogEntry): string {
  return `${kind} ${name}`;
}
