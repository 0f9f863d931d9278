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
import { describeQueries, NO_QUERIES } from '../typed-sql/describe-queries.ts';
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

/** The same on databases that are there already, and have none but these migrations. */
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
  await writeDerived(scratch, root);
  return lost;
}

/**
 * Writes what follows from schema and migrations on PostgreSQL: the rights that the schema grants, and what the queries of
 * the folder `sql` take and give.
 *
 * @returns the files that are others than before, relative to the package
 * @throws MigrateError that names a query which cannot be used
 */
export async function writeDerived(scratch: Scratch, root: string): Promise<string[]> {
  const files = prismaFiles('postgres', root);
  const text = await readFile(files.schema, 'utf8');
  const rules = readTenancy(readModels(text), text);
  return scratch.inspect(files.migrations, async (client, target) => {
    const written: string[] = [];
    const grants = await formatGrants(client, rules);
    if (await writeChanged(files.grants, grants)) written.push('prisma/postgres/grants.sql');
    const queries = await describeQueries(files.queries, target);
    const [first] = queries.refused;
    if (first) {
      throw new MigrateError(
        `The migrations are written and recorded, but prisma/postgres/sql/${first.file} cannot be used with them: ${first.problem}\nMend it, then run pnpm db:migrate --record.`,
      );
    }
    if (await writeChanged(files.queryTypes, queries.text, NO_QUERIES)) {
      written.push('prisma/postgres/sql/types.json');
    }
    return written;
  });
}

/** @param otherwise what a file that is not there stands for */
async function writeChanged(file: string, text: string, otherwise = ''): Promise<boolean> {
  if ((await readFile(file, 'utf8').catch(() => otherwise)) === text) return false;
  await writeFile(file, text);
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
