import { readFile } from 'node:fs/promises';
import type { CatalogEntry } from '@vatevo/connection/catalog';
import { formatCatalog } from '../migrations/catalog/catalog-text.ts';
import type { DatabaseKind, PrismaFiles } from '../migrations/folder.ts';
import { differingLines } from './check-derived-schema.ts';
import type { Fault } from './fault.ts';

/**
 * The catalog of a fresh deploy is the recorded one: what Prisma does not see
 * (CHECKs, partial indexes, triggers, policies, grants) cannot get lost unseen.
 */
export async function checkCatalog(
  kind: DatabaseKind,
  files: PrismaFiles,
  catalog: readonly CatalogEntry[],
): Promise<Fault[]> {
  const recorded = await readFile(files.catalog, 'utf8').catch(() => '');
  const made = formatCatalog(catalog);
  if (recorded === made) return [];
  return [
    {
      file: `prisma/${kind}/catalog.snapshot.txt`,
      problem: 'records another catalog than a fresh deploy of the migrations makes:',
      details: differingLines(recorded, made),
      fix: 'If the lines with + are meant, run pnpm db:migrate --record and commit; if not, fix the migration.',
    },
  ];
}
