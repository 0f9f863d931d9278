import type { Shell } from '@vatevo/mover';
import { jsonOption, wholeNumber } from '@vatevo/shell';
import type { Command } from 'commander';
import type { DrillOptions } from '../drill/drill.ts';

const MAX = 999_999_999;

export function register(program: Command, shell: Shell): void {
  program
    .command('drill')
    .description(
      'Starts a PostgreSQL, moves a database into it and back beside a writer, kills commands at random, and proves that no write was lost.',
    )
    .option('--rounds <number>', 'the number of moves and failbacks', wholeNumber(1, MAX), 50)
    .option('--seed <number>', 'the seed of the random choices in the first round', wholeNumber(1, MAX), 1)
    .addOption(jsonOption())
    .action(
      shell.action<DrillOptions>('drill', async (options, run) => {
        const { drill } = await import('../drill/drill.ts');
        return drill(options, run);
      }),
    );
}
