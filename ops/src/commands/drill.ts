import type { Shell } from '@vatevo/mover';
import { jsonOption } from '@vatevo/shell';
import { type Command, InvalidArgumentError } from 'commander';
import type { DrillOptions } from '../drill/drill.ts';

export function register(program: Command, shell: Shell): void {
  program
    .command('drill')
    .description(
      'Moves a database that is written to into a PostgreSQL of its own and back, with commands killed at random, and proves that no write was lost.',
    )
    .option('--rounds <number>', 'how many times', positive, 50)
    .option('--seed <number>', 'what the first round draws its chances from', positive, 1)
    .addOption(jsonOption())
    .action(
      shell.action<DrillOptions>('drill', async (options, run) => {
        const { drill } = await import('../drill/drill.ts');
        return drill(options, run);
      }),
    );
}

function positive(value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be a whole number above 0.');
}
