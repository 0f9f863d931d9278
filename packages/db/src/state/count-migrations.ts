import type { MigrationRecord } from '../migrations/applied.ts';
import { type DatabaseKind, prismaFiles, readMigrationFiles } from '../migrations/folder.ts';
import { compareHistory } from '../migrations/status.ts';
import type { MigrationCounts } from './types.ts';

/** Counts how the records of a database stand to the migrations of this release. */
export async function countMigrations(
  kind: DatabaseKind,
  records: readonly MigrationRecord[],
): Promise<MigrationCounts> {
  const status = compareHistory(await readMigrationFiles(prismaFiles(kind).migrations), records);
  return {
    applied: status.applied.length,
    pending: status.pending.length,
    failed: status.failed.length,
    edited: status.edited.length,
    unknown: status.unknown.length,
  };
}
