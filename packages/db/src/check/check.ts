import { SchemaEngineError } from '@vatevo/schema-engine';
import { SchemaTextError } from '@vatevo/schema-engine/schema-text';
import { type MigrationFile, PRISMA_FOLDER, prismaFiles, readMigrationFiles } from '../migrations/folder.ts';
import { checkCatalog } from './check-catalog.ts';
import { checkClient } from './check-client.ts';
import { checkDerivedSchema } from './check-derived-schema.ts';
import { checkCounterparts, checkHistory } from './check-history.ts';
import { checkQueries } from './check-queries.ts';
import { checkSchema } from './check-schema.ts';
import { checkTenancy } from './check-tenancy.ts';
import type { Fault } from './fault.ts';
import { lintMigrations } from './lint/lint-migrations.ts';
import { type ScratchServer, withScratch } from './scratch.ts';
import { checkEnums } from './sqlite/check-enums.ts';
import { checkSurvival } from './sqlite/check-survival.ts';

/**
 * Checks that schemas, migrations and records belong together, for both
 * databases. Needs no database: it makes its own.
 *
 * @param root the folder `prisma`, or another of the same layout
 * @param server where it makes them; it starts one when omitted
 * @returns what is wrong; nothing when all is well
 */
export async function checkDatabase(root: string = PRISMA_FOLDER, server?: ScratchServer): Promise<Fault[]> {
  const faults = await checkDerivedSchema(root);
  const postgresMigrations = await readMigrationFiles(prismaFiles('postgres', root).migrations);
  faults.push(...(await lintMigrations(postgresMigrations)));
  const sqliteMigrations = await readMigrationFiles(prismaFiles('sqlite', root).migrations);
  const namesOf = (migrations: readonly MigrationFile[]) => migrations.map(({ name }) => name);
  faults.push(
    ...checkCounterparts({ postgres: namesOf(postgresMigrations), sqlite: namesOf(sqliteMigrations) }),
  );
  const losses = checkSurvival(sqliteMigrations);
  faults.push(...losses);
  /** The migrations make what the schema says. */
  let isMade = losses.length === 0;
  return withScratch(async (scratch) => {
    for (const kind of ['postgres', 'sqlite'] as const) {
      const files = prismaFiles(kind, root);
      faults.push(...(await checkHistory(kind, files, await readMigrationFiles(files.migrations))));
      // To record what loses something, or to build upon it, would bury the loss.
      if (kind === 'sqlite' && losses.length > 0) continue;
      const engine = scratch.engine(kind);
      const differences = await checkSchema(kind, files, engine, async () => {
        await engine.applyMigrations(files.migrations);
        return { kind: 'database' };
      });
      if (differences.length > 0) isMade = false;
      faults.push(...differences);
      try {
        const catalog = await scratch.catalogOf(kind, files.migrations);
        faults.push(...(await checkCatalog(kind, files, catalog)));
      } catch (error) {
        // A migration that does not apply is reported by checkSchema.
        if (!(error instanceof SchemaEngineError) || faults.length === 0) throw error;
      }
    }
    try {
      const files = { postgres: prismaFiles('postgres', root), sqlite: prismaFiles('sqlite', root) };
      await scratch.inspect(files.postgres.migrations, async (client, target) => {
        faults.push(...(await checkTenancy(files.postgres, client)));
        if (!isMade) return;
        faults.push(...(await checkQueries(files.postgres, target)));
        faults.push(...(await checkClient(files, scratch, client, target)));
      });
    } catch (error) {
      // So is a schema that cannot be read.
      const reported = error instanceof SchemaEngineError || error instanceof SchemaTextError;
      if (!reported || faults.length === 0) throw error;
    }
    // Where a schema cannot be read or a migration not be applied, that has been told.
    if (faults.length === 0) {
      faults.push(...(await checkEnums(root, sqliteMigrations, scratch.engine('postgres'))));
    }
    return faults;
  }, server);
}
