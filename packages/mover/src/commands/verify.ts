import { jsonOption } from '@vatevo/shell';
import type { Command } from 'commander';
import type { Shell } from '../preset.ts';
import type { SourceOptions } from '../transfer/context.ts';
import { databaseCommand, jobsOption, sourceOption } from './options.ts';

export function register(program: Command, shell: Shell): void {
  databaseCommand(program, 'verify', shell)
    .description('Proves that the target holds every value of the SQLite database, and nothing else.')
    .addOption(sourceOption())
    .addOption(jobsOption())
    .addOption(jsonOption())
    .action(
      shell.action<SourceOptions>('verify', async (options, run) => {
        const { runVerify } = await import('../transfer/run-verify.ts');
        return runVerify(options, run);
      }),
    );
}
