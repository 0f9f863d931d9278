import type { Config } from '@vatevo/connection';
import type { Run } from '@vatevo/shell';
import { deployMigrations } from '../migrations/deploy.ts';
import { setUpRoles } from '../roles/set-up-roles.ts';

/** Applies pending migrations, and sets up the role that the API works as. */
export async function deploy(target: Config['database'], { report }: Run): Promise<undefined> {
  const { applied } = await deployMigrations(target, { onStep: (text) => report.note(`… ${text}`) });
  if (target.kind === 'postgres') await setUpRoles(target);
  report.result(
    { applied },
    applied.length === 0
      ? ['Nothing to do: all migrations are applied.']
      : ['The database is up to date.', ...applied.map((name) => `✓ applied ${name}`)],
  );
}
