import type { PostgresTarget } from '@vatevo/connection';
import { deployMigrations } from '@vatevo/db/migrations';
import type { Run } from '@vatevo/mover';

/**
 * How long a statement of a migration may wait for a lock on a table. While
 * it waits, everything that comes after it waits too: so it gives up soon and
 * tries again later.
 */
const LOCK_TIMEOUT_MS = 2000;

/**
 * Applies what is pending.
 *
 * A signal does not stop it: a migration that is cut off leaves a history
 * that says "failed half-way", which a person has to clear up.
 *
 * @returns the names of the migrations applied
 * @throws MigrationError when the history is newer than this release, failed
 *   half-way or edited, or the database refuses a migration
 */
export function applyMigrations(target: PostgresTarget, { report, signal }: Run): Promise<readonly string[]> {
  return report.step('Apply migrations', async (step) => {
    const onStep = (text: string) => report.note(text);
    const onAbort = () => onStep('stopping when the migration that is running has ended');
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const { applied } = await deployMigrations(target, { lockTimeoutMs: LOCK_TIMEOUT_MS, onStep });
      if (applied.length === 0) step.skip('nothing pending');
      else step.detail(applied.join(', '));
      return applied;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  });
}
