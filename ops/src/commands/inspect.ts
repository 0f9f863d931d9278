import { inspectSource } from '@vatevo/transfer';
import type { Command } from 'commander';
import { ExitCode } from '../exit-codes.ts';
import { formatCount } from '../report/progress.ts';
import type { Shell } from '../shell.ts';
import { type SourceOptions, withEndpoints } from '../transfer/context.ts';
import { showInspection } from '../transfer/show.ts';
import {
  freeSpaceOption,
  jsonOption,
  leaveBehindOption,
  sourceOption,
  timesOption,
  zoneOption,
} from './options.ts';

export function register(program: Command, shell: Shell): void {
  program
    .command('inspect')
    .description(
      'Checks every value of a SQLite database against the target, changing neither: the dry run of a transfer.',
    )
    .addOption(sourceOption())
    .addOption(freeSpaceOption())
    .addOption(leaveBehindOption())
    .addOption(timesOption())
    .addOption(zoneOption())
    .addOption(jsonOption())
    .action(
      shell.action<SourceOptions>('inspect', async (options, run) => {
        const inspection = await withEndpoints(options, run, ({ endpoints }) => inspectSource(endpoints));
        showInspection(run.report, inspection);
        const refused = inspection.refusedValues;
        run.report.result({ inspection }, [
          refused === 0
            ? 'Every value fits the target.'
            : `${formatCount(refused)} values do not fit the target: a transfer would refuse the file.`,
        ]);
        return refused === 0 ? ExitCode.done : ExitCode.sourceRefused;
      }),
    );
}
