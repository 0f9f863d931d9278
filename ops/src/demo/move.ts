import { join } from 'node:path';
import type { Run } from '@vatevo/mover';
import { ExitCode } from '@vatevo/shell';
import type { Held } from './kept-database.ts';
import { shorten } from './paths.ts';
import { runCommand } from './run-command.ts';
import { heading } from './say.ts';
import { quoteForShell } from './shell-quote.ts';

/** Exit codes that say: what is in the database already is in the way. */
const IN_THE_WAY: readonly number[] = [ExitCode.notReady, ExitCode.sourceRefused, ExitCode.differs];

/**
 * Prepares the database, moves the source into it and verifies, by the commands that an operator runs.
 * Each of them is quick, and says so, when its work was done before.
 *
 * @returns the exit code of the first command that failed, or 0
 */
export async function move(
  source: string,
  folder: string,
  held: Held | undefined,
  env: NodeJS.ProcessEnv,
  { report, signal }: Pick<Run, 'report' | 'signal'>,
): Promise<number> {
  const prepare = ['prepare-postgres'];
  const transfer = ['transfer', '--source', shorten(source), '--report', shorten(join(folder, 'reports'))];
  const verify = ['verify', '--source', shorten(source)];
  // A database with half of the data is not ready for anything but the other half.
  const halfway = held !== undefined && held.completedAt === undefined;
  const commands = halfway ? [transfer, prepare, verify] : [prepare, transfer, verify];

  for (const [name = '', ...options] of commands) {
    heading(`$ pnpm ops:${[name, ...options.map(quoteForShell)].join(' ')}`);
    const exitCode = await runCommand([name, ...options], env, signal);
    if (exitCode === ExitCode.done) continue;
    if (held && IN_THE_WAY.includes(exitCode)) explain(held, name, report);
    return exitCode;
  }
  return ExitCode.done;
}

function explain(held: Held, command: string, report: Run['report']): void {
  const moved = held.completedAt ? `moved on ${held.completedAt.toISOString()}` : 'moved in part';
  report.warn(
    command === 'verify'
      ? `The demo's database holds ${held.source}, ${moved} and verified then; rows written since, through the API for instance, are no longer in the file.`
      : `The demo's database still holds ${held.source}, ${moved}.`,
  );
  report.warn("npm run demo -- --fresh removes the demo's own database, and nothing else, and starts over.");
}
