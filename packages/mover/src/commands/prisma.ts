import { jsonOption } from '@vatevo/shell';
import { type Command, Option } from 'commander';
import type { Shell } from '../preset.ts';
import type { PrismaCommandOptions } from '../prisma/run-prisma.ts';
import {
  decisionOptions,
  freeSpaceOption,
  jobsOption,
  reportOption,
  sourceOption,
  urlEnvOption,
} from './options.ts';

/** Of a program that has no migrations of its own which make the tables. */
export function register(program: Command, shell: Shell): void {
  if (shell.preset.advice.prepare !== undefined) return;
  const command = program
    .command('prisma')
    .description(
      'Moves a Prisma application from SQLite to PostgreSQL: schema, baseline migration, data and history. Proves the data.',
    );
  const options = [
    new Option(
      '--schema <path>',
      'the Prisma schema: schema.prisma, or the folder of a schema in several files',
    ).makeOptionMandatory(),
    sourceOption(),
    new Option(
      '--write',
      "replace SQLite's schema and migrations by PostgreSQL's, and keep the old ones in another folder",
    ),
    new Option(
      '--files-only',
      "write PostgreSQL's schema and migration, and move no data; needs no PostgreSQL",
    ),
    new Option(
      '--out <folder>',
      "the folder for PostgreSQL's schema and migration (default: beside --schema)",
    ),
    new Option(
      '--migrations <folder>',
      "the folder of the application's migrations (default: beside the datasource)",
    ),
    urlEnvOption(),
    new Option('--schema-name <name>', 'the schema of PostgreSQL (default: public)'),
    new Option('--mapping <file>', 'a JSON file with more decisions on values'),
    reportOption(),
    new Option('--discard-unfinished', 'remove what an unfinished move loaded, and start over'),
    new Option(
      '--quarantine',
      'set aside the rows that the target cannot hold and those that depend on them, and load the others (exit code 5)',
    ),
    freeSpaceOption(),
    ...decisionOptions(),
    jobsOption(),
    jsonOption(),
  ];
  for (const option of options) command.addOption(option);
  command.action(
    shell.action<PrismaCommandOptions>('prisma', async (given, run) => {
      const { runPrisma } = await import('../prisma/run-prisma.ts');
      return runPrisma(given, run);
    }),
  );
}
