import { type Command, Option } from 'commander';
import type { Shell } from '../preset.ts';
import { databaseCommand, leaveInPostgresOption, notOursOption, reportOption } from './options.ts';

export function register(program: Command, shell: Shell): void {
  databaseCommand(program, shell, {
    name: 'rollback',
    does: 'Goes back to SQLite with everything that was written since PostgreSQL took over, and proves it.',
    options: [
      new Option(
        '--to <file>',
        'the SQLite file that takes over: the one that the move came from, or a new one where that was of another format',
      ).makeOptionMandatory(),
      leaveInPostgresOption(),
      notOursOption(),
      new Option(
        '--copy-all',
        'copy every row from PostgreSQL anew, where its log does not tell everything (exit code 6)',
      ),
      reportOption(),
    ],
    work: async () => (await import('../cutover/run-rollback.ts')).runRollback,
  });
}
