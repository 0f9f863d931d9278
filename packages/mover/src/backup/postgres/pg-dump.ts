import type { PostgresTarget } from '@vatevo/connection';
import { CommandError, type Env, ExitCode } from '@vatevo/shell';
import { replayConflict } from '../../target/database-failure.ts';
import type { WrittenFile } from '../written-file.ts';
import { LOCK_TIMEOUT, locked } from './connection.ts';
import { type Program, runOn } from './program.ts';

/** Who owns what is a matter of the server that is restored to. */
const ARGUMENTS = ['--format=plain', '--no-owner', '--encoding=UTF8', '--no-password'];

/** Has pg_dump write the state that a snapshot shows. */
export async function dumpWithProgram(
  program: Program,
  target: PostgresTarget,
  snapshot: string,
  file: WrittenFile,
  env: Env,
  signal: AbortSignal,
): Promise<void> {
  const args = [...ARGUMENTS, `--lock-wait-timeout=${LOCK_TIMEOUT}`, `--snapshot=${snapshot}`];
  const { code, said } = await runOn(target, program, args, env, signal, (chunk) => file.add(chunk));
  if (code === 0) return;
  if (/lock timeout/.test(said)) throw locked(new Error(said));
  if (/conflict with recovery/.test(said)) throw replayConflict(target, new Error(said));
  throw new CommandError(
    ExitCode.notReady,
    `pg_dump ${program.version} failed: ${said.split('\n')[0] ?? `exit code ${code}`}`,
    { remedy: said.split('\n').slice(1) },
  );
}
