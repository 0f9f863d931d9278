import { type Config, ENVIRONMENTS, parseConfig, within } from '@vatevo/connection';
import type { Run } from '@vatevo/mover';
import {
  CommandError,
  ExitCode,
  explain,
  type Failure,
  Reporter,
  silentView,
  unlessAborted,
} from '@vatevo/shell';
import { checkConnection } from './check-connection.ts';
import { checkSqliteFile } from './check-sqlite-file.ts';
import { chooseTarget } from './choose-target.ts';
import { type CheckedEnvironment, environmentTable } from './environment-table.ts';
import { readEnvironment } from './read-environment.ts';

/**
 * Checks several environments at once, each one from the variables of its own file. What is wrong with one
 * keeps no other from being checked.
 *
 * @throws CommandError naming every environment that failed, with the highest of their exit codes
 */
export async function checkEnvironments(
  files: readonly string[],
  timeoutMs: number,
  run: Run,
): Promise<void> {
  const { report } = run;
  const environments = await report.step('Check the environments', async (step) => {
    const checked = await Promise.all(files.map((file) => checkOne(file, timeoutMs, run)));
    step.detail(`${checked.filter(({ ok }) => ok).length} of ${checked.length} work`);
    return checked;
  });
  report.table(environmentTable(environments));
  report.result({ environments }, []);
  for (const { file, warnings } of environments)
    for (const warning of warnings) report.warn(`${file}: ${warning}`);
  const failed = environments.filter(({ ok }) => !ok);
  if (failed.length > 0) throw failure(failed, environments.length);
  report.result({}, [files.length === 1 ? 'It works.' : `All ${files.length} environments work.`]);
}

async function checkOne(file: string, timeoutMs: number, run: Run): Promise<CheckedEnvironment> {
  const report = new Reporter(silentView, (text) => text);
  let environment: CheckedEnvironment['environment'] = null;
  let problem: Failure | undefined;
  try {
    const env = await readEnvironment(run.resolvePath(file));
    const own: Run = { ...run, env, report };
    const name = env.VATEVO_ENV?.trim() || 'development';
    environment = ENVIRONMENTS.find((known) => known === name) ?? null;
    const work = check(parseConfig(env), timeoutMs, own);
    // A server that stops answering half-way must not keep the table of all the others.
    await unlessAborted(run.signal, within(timeoutMs * 3, work, stoppedAnswering));
  } catch (error) {
    // The whole run was stopped: that is no finding about an environment.
    run.signal.throwIfAborted();
    problem = explain(error, (text) => text, false);
  }
  const document = report.finish('check-connection', problem?.exitCode ?? ExitCode.done, problem);
  return { file, environment, ...document } as CheckedEnvironment;
}

async function check({ database }: Config, timeoutMs: number, run: Run): Promise<void> {
  if (database.kind === 'sqlite') {
    await checkSqliteFile({ ...database, file: run.resolvePath(database.file) }, timeoutMs, run);
    return;
  }
  const { target, from } = await chooseTarget({}, run);
  // Given, even if empty: a missing password would be taken from this shell.
  const password = target.password ?? run.env.PGPASSWORD ?? '';
  const own = target.passwordFile === undefined ? target.with({ password }) : target;
  await checkConnection({ target: own, from }, timeoutMs, run);
}

function stoppedAnswering(): CommandError {
  return new CommandError(ExitCode.cannotConnect, 'The server stopped answering during the check.');
}

function failure(failed: readonly CheckedEnvironment[], all: number): CommandError {
  const worst = Math.max(...failed.map(({ exitCode }) => exitCode)) as ExitCode;
  const lines = failed.flatMap(({ file, error }) => [
    `${file}: ${(error?.message ?? '').replaceAll('\n', '\n    ')}`,
    ...(error?.remedy ?? []).map((line) => `  ${line}`),
  ]);
  return new CommandError(worst, `${failed.length} of ${all} environments cannot be used as they are.`, {
    remedy: lines,
  });
}
