import { jsonOption } from '@vatevo/shell';
import type { Command } from 'commander';
import type { Shell } from '../preset.ts';
import type { SourceOptions } from '../transfer/context.ts';
import {
  databaseCommand,
  freeSpaceOption,
  jobsOption,
  leaveBehindOption,
  sourceOption,
  timesOption,
  zoneOption,
} from './options.ts';

export function register(program: Command, shell: Shell): void {
  databaseCommand(program, 'inspect', shell)
    .description(
      'Checks every value of a SQLite database against the target, changing neither: the dry run of a transfer.',
    )
    .addOption(sourceOption())
    .addOption(freeSpaceOption())
    .addOption(leaveBehindOption())
    .addOption(timesOption())
    .addOption(zoneOption())
    .addOption(jobsOption())
    .addOption(jsonOption())
    .action(
      shell.action<SourceOptions>('inspect', async (options, run) => {
        const { runInspect } = await import('../transfer/run-inspect.ts');
        return runInspect(options, run);
      }),
    );
}
