import { type Command, Option } from 'commander';
import type { Shell } from '../preset.ts';
import { databaseCommand, decisionOptions, jobsOption, sourceOption } from './options.ts';

/** Of a program that has no migrations which make the tables. */
export function register(program: Command, shell: Shell): void {
  if (shell.preset.advice.prepare !== undefined) return;
  databaseCommand(program, shell, {
    name: 'schema',
    does: 'Prints the tables of PostgreSQL for a SQLite database, chosen by what it holds: SQL for psql -f.',
    options: [
      sourceOption(),
      new Option('--out <file>', 'write the SQL to this new file instead of stdout'),
      ...decisionOptions(),
      jobsOption(),
    ],
    work: async () => (await import('../schema/run-schema.ts')).runSchema,
  });
}
