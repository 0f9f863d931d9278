import type { Shell } from '@vatevo/mover';
import type { Command } from 'commander';
import type { DemoOptions } from '../demo/demo.ts';

export function register(program: Command, shell: Shell): void {
  program
    .command('demo')
    .description('Starts a PostgreSQL, moves a SQLite database into it, and serves it until Ctrl-C.')
    .option('--source <file>', 'the SQLite database to move (default: the bundled sample)')
    .option('--once', 'read the moved rows through the API, compare them, and end')
    .option('--fresh', "remove the demo's own database first")
    .option('--data <folder>', 'where the demo keeps its database, log and reports (default: .local)')
    .action(
      shell.action<DemoOptions>('demo', async (options, run) => {
        const { demo } = await import('../demo/demo.ts');
        return demo(options, run);
      }),
    );
}
