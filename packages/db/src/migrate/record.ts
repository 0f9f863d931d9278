import { readFile, writeFile } from 'node:fs/promises';
import { readChecksums, writeChecksums } from '../check/checksums.ts';
import { type Scratch, withScratch } from '../check/scratch.ts';
import { formatCatalog, parseCatalog } from '../migrations/catalog/catalog-text.ts';
import { objectNames } from '../migrations/catalog/object-names.ts';
import {
  type DatabaseKind,
  type MigrationFile,
  type PrismaFiles,
  prismaFiles,
  readMigrationFiles,
} from '../migrations/folder.ts';
import { formatGrants } from '../tenancy/grants.ts';
import { readModels } from '../tenancy/models.ts';
import { readTenancy } from '../tenancy/rules.ts';
import { MigrateError } from './error.ts';

/** Something that the migrations made when they were recorded last, and make no longer. */
export interface LostObject {
  readonly kind: DatabaseKind;
  /** Such as `constraint tenants.tenants_api_key_hash_check`. */
  readonly name: string;
}

/**
 * Records the migrations as they are now: their checksums, and the catalog that
 * they make.
 *
 * @returns what got lost that Prisma's schema knows nothing of. Prisma makes a new
 *   table for many changes on SQLite, and the CHECKs of the old one go with it.
 * @throws MigrateError when any but the newest was edited: databases may have it as it was
 */
export function recordMigrations(root: string): Promise<LostObject[]> {
  return withScratch((scratch) => recordOn(scratch, root));
}

/** The same on databases that are there already; they must be empty. */
export async function recordOn(scratch: Scratch, root: string): Promise<LostObject[]> {
  const both = await Promise.all(
    (['postgres', 'sqlite'] as const).map(async (kind) => {
      const files = prismaFiles(kind, root);
      const migrations = await readMigrationFiles(files.migrations);
      await refuseEdits(kind, files, migrations);
      return { kind, files, migrations };
    }),
  );
  const lost: LostObject[] = [];
  for (const { kind, files, migrations } of both) {
    const catalog = await scratch.catalogOf(kind, files.migrations);
    const now = objectNames(kind, catalog);
    const before = objectNames(kind, parseCatalog(await readFile(files.catalog, 'utf8').catch(() => '')));
    lost.push(...[...before].filter((name) => !now.has(name)).map((name) => ({ kind, name })));
    await writeFile(files.catalog, formatCatalog(catalog));
    await writeChecksums(files.checksums, migrations);
  }
  await writeGrants(scratch, prismaFiles('postgres', root));
  return lost;
}

/** Writes the rights that the schema grants; true when they are others than before. */
export async function writeGrants(scratch: Scratch, files: PrismaFiles): Promise<boolean> {
  const text = await readFile(files.schema, 'utf8');
  const rules = readTenancy(readModels(text), text);
  const grants = await scratch.inspect(files.migrations, (client) => formatGrants(client, rules));
  if ((await readFile(files.grants, 'utf8').catch(() => '')) === grants) return false;
  await writeFile(files.grants, grants);
  return true;
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
