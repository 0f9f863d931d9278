import { CommanderError } from 'commander';
import { ExitCode } from './exit-codes.ts';
import type { Failure } from './failure.ts';
import { buildProgram, type Program } from './program.ts';
import { Reporter } from './report/reporter.ts';
import { silentView } from './report/silent-view.ts';
import type { Shell } from './shell.ts';

/**
 * Runs one command line; `shell.exitCode` says how it ended. Never throws.
 *
 * @param args the arguments after the program's name
 * @param prepare what comes first, and may fail
 */
export async function main<Preset extends object>(
  program: Program<Preset>,
  shell: Shell<Preset>,
  args: readonly string[],
  prepare?: () => void,
): Promise<void> {
  try {
    prepare?.();
    await buildProgram(program, shell).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed its sentence (or the help that was asked for) already.
      if (error.exitCode === 0) return;
      shell.exitCode = ExitCode.usage;
      if (!asksForJson(args)) return;
      const message = shell.redactor.clean(error.message.replace(/^error: /, ''));
      printJson(shell, args[0] ?? '', { exitCode: ExitCode.usage, kind: error.code, message, remedy: [] });
    } else {
      const failure = shell.fail(error);
      if (asksForJson(args)) printJson(shell, args[0] ?? '', failure);
    }
  }
}

/** The options could not be read, so look for the word itself. */
function asksForJson(args: readonly string[]): boolean {
  return args.includes('--json');
}

/** The report of a run that ended before its command began. */
function printJson(
  { redactor, outputs }: Pick<Shell, 'redactor' | 'outputs'>,
  command: string,
  failure: Failure,
): void {
  const report = new Reporter(silentView, redactor.clean);
  outputs.stdout.write(`${JSON.stringify(report.finish(command, failure.exitCode, failure))}\n`);
}
