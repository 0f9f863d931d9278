import { readFile, writeFile } from 'node:fs/promises';
import { readChecksums, writeChecksums } from '../check/checksums.ts';
import { describeFault } from '../check/fault.ts';
import { type Scratch, type ScratchServer, withScratch } from '../check/scratch.ts';
import { checkSurvival } from '../check/sqlite/check-survival.ts';
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
 * @param server where databases are made for it; one is started when omitted
 * @returns what got lost that Prisma's schema knows nothing of
 * @throws MigrateError when any but the newest was edited: databases may have it as it was; and when a
 *   migration of SQLite loses something without saying so
 */
export async function recordMigrations(root: string, server?: ScratchServer): Promise<LostObject[]> {
  await refuseLosses(root);
  return withScratch((scratch) => recordOn(scratch, root), server);
}

/**
 * What would be built upon a migration that loses something would bury the loss: the schema's next migration
 * makes the column that is missing anew, empty, and then all looks well.
 *
 * @throws MigrateError that names what is lost, and how to make the migration anew
 */
export async function refuseLosses(root: string): Promise<void> {
  const faults = checkSurvival(await readMigrationFiles(prismaFiles('sqlite', root).migrations));
  if (faults.length === 0) return;
  throw new MigrateError(
    `Nothing was written: the SQLite migrations do not bear a database with rows.\n${faults.map(describeFault).join('\n')}`,
  );
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
    const now = objectNames(catalog);
    const before = objectNames(parseCatalog(await readFile(files.catalog, 'utf8').catch(() => '')));
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
