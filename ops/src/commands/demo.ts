import type { Shell } from '@vatevo/mover';
import type { Command } from 'commander';
import type { DemoOptions } from '../demo/demo.ts';

export function register(program: Command, shell: Shell): void {
  program
    .command('demo')
    .description('Moves a SQLite database into a PostgreSQL of its own and serves it, until Ctrl-C.')
    .option('--source <file>', 'the SQLite database to move; the bundled sample when left out')
    .option('--once', 'ask the API for what was moved, compare, and end')
    .option('--fresh', "first remove the demo's own database, and nothing else")
    .option('--data <folder>', 'where the demo keeps its database, log and reports (default: .local)')
    .action(
      shell.action<DemoOptions>('demo', async (options, run) => {
        const { demo } = await import('../demo/demo.ts');
        return demo(options, run);
      }),
    );
}
