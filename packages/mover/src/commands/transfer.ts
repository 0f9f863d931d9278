import { jsonOption } from '@vatevo/shell';
import type { Command } from 'commander';
import type { Shell } from '../preset.ts';
import type { TransferCommandOptions } from '../transfer/run-transfer.ts';
import {
  databaseCommand,
  freeSpaceOption,
  jobsOption,
  leaveBehindOption,
  reportOption,
  sourceOption,
  timesOption,
  zoneOption,
} from './options.ts';

export function register(program: Command, shell: Shell): void {
  databaseCommand(program, 'transfer', shell)
    .description(
      'Moves a SQLite database into the PostgreSQL database that POSTGRES_URL names, and proves it.',
    )
    .addOption(sourceOption())
    .addOption(reportOption())
    .option('--resume', 'resume an unfinished transfer: the default')
    .option('--discard-unfinished', 'remove what an unfinished transfer loaded, and begin anew')
    .addOption(freeSpaceOption())
    .option(
      '--quarantine',
      'set rows that the target cannot hold aside, with those that depend on them, and load the others (exit code 5)',
    )
    .addOption(leaveBehindOption())
    .addOption(timesOption())
    .addOption(zoneOption())
    .addOption(jobsOption())
    .addOption(jsonOption())
    .action(
      shell.action<TransferCommandOptions>('transfer', async (options, run) => {
        const { runTransfer } = await import('../transfer/run-transfer.ts');
        return runTransfer(options, run);
      }),
    );
}
