import type { PostgresTarget } from '@vatevo/connection';
import { RolesError, setUpRoles } from '@vatevo/db/migrations';
import type { Run } from '@vatevo/mover';
import { CommandError, ExitCode } from '@vatevo/shell';

/**
 * Makes sure of the roles that the API works as.
 *
 * @throws CommandError with exit code 4 and the statements for an administrator, when this login may not
 */
export function ensureRoles(target: PostgresTarget, { report }: Run): Promise<void> {
  return report.step('Set up the roles of the API', async (step) => {
    try {
      const { created } = await setUpRoles(target);
      if (created.length > 0) step.detail(`created ${created.join(' and ')}`);
    } catch (error) {
      if (!(error instanceof RolesError)) throw error;
      throw new CommandError(ExitCode.notReady, error.message, { remedy: error.remedy });
    }
  });
}
