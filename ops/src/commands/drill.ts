import type { Shell } from '@vatevo/mover';
import { jsonOption, wholeNumber } from '@vatevo/shell';
import type { Command } from 'commander';
import type { DrillOptions } from '../drill/drill.ts';

const MAX = 999_999_999;

export function register(program: Command, shell: Shell): void {
  program
    .command('drill')
    .description(
      'Moves a database that is written to into a PostgreSQL of its own and back, with commands killed at random, and proves that no write was lost.',
    )
    .option('--rounds <number>', 'how many times', wholeNumber(1, MAX), 50)
    .option('--seed <number>', 'what the first round draws its chances from', wholeNumber(1, MAX), 1)
    .addOption(jsonOption())
    .action(
      shell.action<DrillOptions>('drill', async (options, run) => {
        const { drill } = await import('../drill/drill.ts');
        return drill(options, run);
      }),
    );
}
