import { jsonOption } from '@vatevo/shell';
import type { Command } from 'commander';
import type { RollbackCommandOptions } from '../cutover/run-rollback.ts';
import type { Shell } from '../preset.ts';
import { databaseCommand, leaveInPostgresOption, notOursOption, reportOption } from './options.ts';

export function register(program: Command, shell: Shell): void {
  databaseCommand(program, 'rollback', shell)
    .description(
      'Goes back to SQLite with everything that was written since PostgreSQL took over, and proves it.',
    )
    .requiredOption(
      '--to <file>',
      'the SQLite file that takes over: the one that the move came from, or a new one where that was of another format',
    )
    .addOption(leaveInPostgresOption())
    .addOption(notOursOption())
    .option(
      '--copy-all',
      'copy every row from PostgreSQL anew, where its log does not tell everything (exit code 6)',
    )
    .addOption(reportOption())
    .addOption(jsonOption())
    .action(
      shell.action<RollbackCommandOptions>('rollback', async (options, run) => {
        const { runRollback } = await import('../cutover/run-rollback.ts');
        return runRollback(options, run);
      }),
    );
}
