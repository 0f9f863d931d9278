import type { Command } from 'commander';
import type { Shell } from '../shell/shell.ts';
import type { SourceOptions } from '../transfer/context.ts';
import { jsonOption, sourceOption } from './options.ts';

export function register(program: Command, shell: Shell): void {
  program
    .command('verify')
    .description('Proves that the target holds every value of the SQLite database, and nothing else.')
    .addOption(sourceOption())
    .addOption(jsonOption())
    .action(
      shell.action<SourceOptions>('verify', async (options, run) => {
        const { runVerify } = await import('../transfer/run-verify.ts');
        return runVerify(options, run);
      }),
    );
}
