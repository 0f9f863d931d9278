import { MigrationError } from './error.ts';
import type { MigrationStatus } from './status.ts';

/** @throws MigrationError when this release must not touch a database with such a history */
export function refuseHistory({ unknown, failed, edited }: MigrationStatus): void {
  if (unknown.length > 0) {
    throw new MigrationError(
      'newer',
      unknown,
      `The database has migrations that this release does not know (${unknown.join(', ')}): a newer release prepared it. Deploy that release, or name another database.`,
    );
  }
  if (failed.length > 0) {
    const [first] = failed;
    throw new MigrationError(
      'failed',
      failed,
      `The database stopped half-way in ${failed.join(', ')}. Look into column logs of _prisma_migrations, undo what was done and say so with pnpm prisma migrate resolve --rolled-back ${first}, or finish it by hand and say --applied ${first}.`,
    );
  }
  if (edited.length > 0) {
    throw new MigrationError(
      'edited',
      edited,
      `The database got ${edited.join(', ')} in another form than this release holds. Restore the file as it was applied, and put the change into a new migration.`,
    );
  }
}
