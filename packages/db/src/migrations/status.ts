import type { PostgresTarget, SqliteTarget } from '@vatevo/connection';
import { type MigrationRecord, readMigrationRecords } from './applied.ts';
import { type MigrationFile, prismaFiles, readMigrationFiles } from './folder.ts';

/** How a database stands to the migrations of this release; each list in the order of application. */
export interface MigrationStatus {
  readonly applied: readonly string[];
  /** In this release, not in the database. */
  readonly pending: readonly string[];
  /** Begun in the database and not finished. */
  readonly failed: readonly string[];
  /** Applied in another form than the file that this release holds. */
  readonly edited: readonly string[];
  /** In the database, not in this release: a newer one made them. */
  readonly unknown: readonly string[];
  /**
   * Set when the schema is not what the migrations make: the differences, a line
   * each. Looked for only when nothing is pending or wrong in the lists above.
   */
  readonly drift?: string;
}

export interface MigrationStatusOptions {
  /** Leave out the search for drift, the costly part: it loads the schema engine. */
  readonly skipDrift?: boolean;
}

/**
 * Compares a database with the migrations of this release. Reads only. Of
 * PostgreSQL it looks at the schema `public`; what others keep in schemas of
 * their own is none of its business.
 *
 * @throws ConnectionError when the database cannot be reached or the role may not look
 *
 * @example
 * const { pending } = await migrationStatus(config.database);
 */
export async function migrationStatus(
  target: PostgresTarget | SqliteTarget,
  { skipDrift = false }: MigrationStatusOptions = {},
): Promise<MigrationStatus> {
  const files = await readMigrationFiles(prismaFiles(target.kind).migrations);
  const status = compareHistory(files, await readMigrationRecords(target));
  if (skipDrift || !isCurrent(status)) return status;
  // Imported here: it brings the schema engine along, which nobody else needs.
  const { findDrift } = await import('./drift.ts');
  const drift = await findDrift(target);
  return drift === undefined ? status : { ...status, drift };
}

/** True when the database has exactly the migrations of this release. */
export function isCurrent({ pending, failed, edited, unknown }: MigrationStatus): boolean {
  return pending.length + failed.length + edited.length + unknown.length === 0;
}

export function compareHistory(
  files: readonly MigrationFile[],
  records: readonly MigrationRecord[],
): MigrationStatus {
  const checksums = new Map(files.map(({ name, checksum }) => [name, checksum]));
  // A migration may have been tried several times: tries that were rolled back do not count.
  const live = records.filter(({ rolledBackAt }) => rolledBackAt === null);
  const names = (some: readonly MigrationRecord[]) => [...new Set(some.map(({ name }) => name))];
  const known = new Set(live.map(({ name }) => name));
  return {
    applied: names(live.filter(({ finishedAt }) => finishedAt !== null)),
    pending: files.filter(({ name }) => !known.has(name)).map(({ name }) => name),
    failed: names(live.filter(({ finishedAt }) => finishedAt === null)),
    edited: names(
      live.filter(({ name, checksum }) => checksums.has(name) && checksums.get(name) !== checksum),
    ),
    unknown: names(live.filter(({ name }) => !checksums.has(name))),
  };
}
