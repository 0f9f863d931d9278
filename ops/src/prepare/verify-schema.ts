import type { PostgresTarget } from '@vatevo/connection';
import { type MigrationStatus, migrationStatus } from '@vatevo/db/migrations';
import { CommandError, ExitCode } from '@vatevo/shell';

/**
 * Reads the history once more, after the work, and compares the schema with
 * what the migrations make.
 *
 * @throws CommandError with exit code 4 when a migration is not in order still, or the schema drifted
 */
export async function verifySchema(target: PostgresTarget): Promise<MigrationStatus> {
  const status = await migrationStatus(target);
  const unsettled = [...status.pending, ...status.failed, ...status.edited, ...status.unknown];
  if (unsettled.length > 0) {
    throw new CommandError(
      ExitCode.notReady,
      `Migrations are not in order although all were applied: ${unsettled.join(', ')}.`,
      {
        remedy: ['Somebody else changes this database at the same time: find out who, then run this again.'],
      },
    );
  }
  if (status.drift) {
    throw new CommandError(
      ExitCode.notReady,
      'The schema of the database differs from what the migrations make: somebody changed it by hand.',
      {
        remedy: [
          ...status.drift.split('\n').filter((line) => line.trim() !== ''),
          'Undo the change, or put it into a migration.',
        ],
      },
    );
  }
  return status;
}
