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
        'the SQLite file that takes over: the file of the move, or a new one if that file has another format',
      ).makeOptionMandatory(),
      leaveInPostgresOption(),
      notOursOption(),
      new Option(
        '--copy-all',
        'copy every row again, when the log of PostgreSQL is incomplete (exit code 6)',
      ),
      reportOption(),
    ],
    work: async () => (await import('../cutover/run-rollback.ts')).runRollback,
  });
}
