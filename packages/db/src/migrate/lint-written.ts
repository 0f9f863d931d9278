import type { Fault } from '../check/fault.ts';
import { lintMigrations } from '../check/lint/lint-migrations.ts';
import { checkSurvival } from '../check/sqlite/check-survival.ts';
import { prismaFiles, readMigrationFiles } from '../migrations/folder.ts';

/** What the checks say of migrations that were just written: to be seen while it is easy to fix. */
export async function lintWritten(written: readonly string[], root: string): Promise<Fault[]> {
  const faults = [
    ...(await lintMigrations(await readMigrationFiles(prismaFiles('postgres', root).migrations))),
    ...checkSurvival(await readMigrationFiles(prismaFiles('sqlite', root).migrations)),
  ];
  return faults.filter(({ file }) => written.some((path) => file.startsWith(path)));
}
