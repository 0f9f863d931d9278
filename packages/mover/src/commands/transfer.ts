import { type Command, Option } from 'commander';
import type { Shell } from '../preset.ts';
import {
  databaseCommand,
  decisionOptions,
  freeSpaceOption,
  jobsOption,
  reportOption,
  sourceOption,
} from './options.ts';

export function register(program: Command, shell: Shell): void {
  databaseCommand(program, shell, {
    name: 'transfer',
    does: 'Moves a SQLite database into the PostgreSQL database that POSTGRES_URL names, and proves it.',
    options: [
      sourceOption(),
      reportOption(),
      new Option('--resume', 'resume an unfinished transfer (this is the default)'),
      new Option('--discard-unfinished', 'remove what an unfinished transfer loaded, and start over'),
      ...(shell.preset.advice.prepare === undefined ? [createTablesOption()] : []),
      freeSpaceOption(),
      new Option(
        '--quarantine',
        'set aside the rows that the target cannot hold and those that depend on them, and load the others (exit code 5)',
      ),
      ...decisionOptions(),
      jobsOption(),
    ],
    work: async () => (await import('../transfer/run-transfer.ts')).runTransfer,
  });
}

function createTablesOption(): Option {
  return new Option(
    '--create-tables',
    'create the tables that the command schema prints, in one transaction, and load them',
  );
}
