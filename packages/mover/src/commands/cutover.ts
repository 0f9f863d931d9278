import { jsonOption, seconds } from '@vatevo/shell';
import type { Command } from 'commander';
import type { CutoverOptions } from '../cutover/context.ts';
import type { AbortOptions, FinishOptions } from '../cutover/run-cutover.ts';
import type { Shell } from '../preset.ts';
import {
  databaseCommand,
  freeSpaceOption,
  leaveBehindOption,
  notBackOption,
  notOursOption,
  reportOption,
  sourceOption,
  timesOption,
  zoneOption,
} from './options.ts';

/** `cutover start | status | finish | abort | close`: the move of a database that goes on being written to. */
export function register(program: Command, shell: Shell): void {
  const cutover = program
    .command('cutover')
    .description('Moves a SQLite database into PostgreSQL while it is written to, and hands over.');

  databaseCommand(cutover, 'start', shell)
    .description(
      'Captures changes, copies all rows, follows and proves; writers go on. Carries an earlier start on.',
    )
    .addOption(sourceOption('it is written to: triggers that log changes'))
    .addOption(freeSpaceOption())
    .addOption(leaveBehindOption())
    .addOption(timesOption())
    .addOption(zoneOption())
    .addOption(notOursOption())
    .addOption(notBackOption())
    .option('--discard-left-behind', 'remove from PostgreSQL what an earlier failback left there by name')
    .addOption(jsonOption())
    .action(
      shell.action<CutoverOptions>('cutover start', async (options, run) => {
        const { runStart } = await import('../cutover/run-cutover.ts');
        return runStart(options, run);
      }),
    );

  databaseCommand(cutover, 'status', shell)
    .description('Tells how a move stands, and how far PostgreSQL is behind. Changes nothing.')
    .addOption(sourceOption('it is only read'))
    .addOption(jsonOption())
    .action(
      shell.action<CutoverOptions>('cutover status', async (options, run) => {
        const { runStatus } = await import('../cutover/run-cutover.ts');
        return runStatus(options, run);
      }),
    );

  databaseCommand(cutover, 'finish', shell)
    .description('Stops writes to the file, proves that nothing is missing, and hands over to PostgreSQL.')
    .addOption(sourceOption('it takes no writes afterwards'))
    .addOption(notOursOption())
    .addOption(notBackOption())
    .option(
      '--server-silence <seconds>',
      'how long PostgreSQL may give no sign of life while the file takes no writes; 5 when omitted',
      seconds,
    )
    .addOption(reportOption())
    .addOption(jsonOption())
    .action(
      shell.action<FinishOptions>('cutover finish', async (options, run) => {
        const { runFinish } = await import('../cutover/run-cutover.ts');
        return runFinish(options, run);
      }),
    );

  databaseCommand(cutover, 'abort', shell)
    .description(
      'Gives a move up before the hand-over: the file is as if nothing had been, PostgreSQL is empty.',
    )
    .addOption(sourceOption('what the move put into it is taken out'))
    .option(
      '--postgres-is-lost',
      'the PostgreSQL of the move is gone for good: takes the file out of the move without asking it',
    )
    .addOption(jsonOption())
    .action(
      shell.action<AbortOptions>('cutover abort', async (options, run) => {
        const { runAbort } = await import('../cutover/run-cutover.ts');
        return runAbort(options, run);
      }),
    );

  databaseCommand(cutover, 'close', shell)
    .description('Ends the time in which rollback is possible: PostgreSQL logs its changes no longer.')
    .addOption(sourceOption('it stays as it is'))
    .addOption(jsonOption())
    .action(
      shell.action<CutoverOptions>('cutover close', async (options, run) => {
        const { runClose } = await import('../cutover/run-cutover.ts');
        return runClose(options, run);
      }),
    );
}
