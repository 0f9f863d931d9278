import type { Config } from '@vatevo/connection';
import type { Run } from '@vatevo/shell';
import { deployMigrations } from '../migrations/deploy.ts';
import { withEngine } from '../migrations/with-engine.ts';
import { guardDeed } from '../prisma/guard.ts';
import { setUpRoles } from '../roles/set-up-roles.ts';
import { putSampleRows, sayKey } from './seed.ts';

/** Makes a database for development as new. */
export async function reset(target: Config['database'], run: Run): Promise<undefined> {
  await guardDeed('erase', target, run.env);
  await withEngine(target, (engine) => engine.reset());
  const { applied } = await deployMigrations(target, { onStep: (text) => run.report.note(`… ${text}`) });
  if (target.kind === 'postgres') await setUpRoles(target);
  const added = await putSampleRows(target, run);
  run.report.result({ applied, added }, [
    `Erased, ${applied.length} migrations applied, ${added} sample invoices added.`,
    ...sayKey(run.env),
  ]);
}
