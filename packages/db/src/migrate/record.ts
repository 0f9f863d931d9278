import { writeFile } from 'node:fs/promises';
import { readChecksums, writeChecksums } from '../check/checksums.ts';
import { withScratch } from '../check/scratch.ts';
import { formatCatalog } from '../migrations/catalog/catalog-text.ts';
import {
  type DatabaseKind,
  type MigrationFile,
  type PrismaFiles,
  prismaFiles,
  readMigrationFiles,
} from '../migrations/folder.ts';
import { MigrateError } from './error.ts';

/**
 * Records the migrations as they are now: their checksums, and the catalog that
 * they make.
 *
 * @throws MigrateError when any but the newest was edited: databases may have it as it was
 */
export async function recordMigrations(root: string): Promise<void> {
  const both = await Promise.all(
    (['postgres', 'sqlite'] as const).map(async (kind) => {
      const files = prismaFiles(kind, root);
      const migrations = await readMigrationFiles(files.migrations);
      await refuseEdits(kind, files, migrations);
      return { kind, files, migrations };
    }),
  );
  await withScratch(async (scratch) => {
    for (const { kind, files, migrations } of both) {
      const catalog = await scratch.catalogOf(kind, files.migrations);
      await writeFile(files.catalog, formatCatalog(catalog));
      await writeChecksums(files.checksums, migrations);
    }
  });
}

async function refuseEdits(
  kind: DatabaseKind,
  files: PrismaFiles,
  migrations: readonly MigrationFile[],
): Promise<void> {
  const recorded = await readChecksums(files.checksums);
  const checksums = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  const newest = migrations.at(-1)?.name;
  for (const [name, checksum] of recorded) {
    if (checksums.get(name) === checksum || name === newest) continue;
    // The newest one may also be taken back altogether.
    if (!checksums.has(name) && name > (newest ?? '')) continue;
    throw new MigrateError(
      `prisma/${kind}/migrations/${name} was edited or removed, and it is not the newest migration: databases may have it as it was. Restore it from version control and put the change into a new migration.`,
    );
  }
}
