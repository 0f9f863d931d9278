import { ExitCode } from '../cli/exit-code.ts';
import { deployMigrations } from '../migrations/deploy.ts';
import { setUpRoles } from '../roles/set-up-roles.ts';
import type { Target } from './cli.ts';

/** Applies pending migrations, and sets up the role that the API works as. */
export async function deploy(target: Target): Promise<ExitCode> {
  const { applied } = await deployMigrations(target, { onStep: (text) => console.log(`… ${text}`) });
  for (const name of applied) console.log(`✓ applied ${name}`);
  if (applied.length === 0) console.log('Nothing to do: all migrations are applied.');
  if (target.kind === 'postgres') await setUpRoles(target);
  return ExitCode.done;
}
