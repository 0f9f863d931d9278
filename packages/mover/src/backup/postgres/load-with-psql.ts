import { join } from 'node:path';
import type { PostgresTarget } from '@vatevo/connection';
import { CommandError, type Env, ExitCode } from '@vatevo/shell';
import { type Program, runOn } from './program.ts';

/** All or nothing, without the user's own settings, and an end at the first error. */
const ARGUMENTS = [
  '--no-psqlrc',
  '--quiet',
  '--no-password',
  '--single-transaction',
  '--set=ON_ERROR_STOP=1',
];

/** Has psql load a backup's SQL. */
export async function loadWithPsql(
  program: Program,
  target: PostgresTarget,
  folder: string,
  env: Env,
  signal: AbortSignal,
): Promise<void> {
  const args = [...ARGUMENTS, `--file=${join(folder, 'database.sql')}`];
  const { code, said } = await runOn(target, program, args, env, signal, async () => undefined);
  if (code === 0) return;
  const lines = said.split('\n');
  const error = lines.find((line) => /(ERROR|FATAL|error):/.test(line)) ?? lines[0];
  throw new CommandError(
    ExitCode.notReady,
    `psql ${program.version} could not load the backup: ${error || `exit code ${code}`}`,
    { remedy: ['Nothing was kept of it: fix what it says, and run the same command again.'] },
  );
}
