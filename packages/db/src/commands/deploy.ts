import type { Config } from '@vatevo/connection';
import { ExitCode } from '../cli/exit-code.ts';
import { deployMigrations } from '../migrations/deploy.ts';
import { setUpRoles } from '../roles/set-up-roles.ts';

/** Applies pending migrations, and sets up the role that the API works as. */
export async function deploy(target: Config['database']): Promise<ExitCode> {
  const { applied } = await deployMigrations(target, { onStep: (text) => console.log(`… ${text}`) });
  for (const name of applied) console.log(`✓ applied ${name}`);
  if (applied.length === 0) console.log('Nothing to do: all migrations are applied.');
  if (target.kind === 'postgres') await setUpRoles(target);
  return ExitCode.done;
}
