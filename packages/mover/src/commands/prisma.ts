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
      'Moves a Prisma application from SQLite to PostgreSQL: its schema, a baseline migration, the data with proof, and the history.',
    );
  const options = [
    new Option(
      '--schema <path>',
      'the Prisma schema: schema.prisma, or the folder of one in several files',
    ).makeOptionMandatory(),
    sourceOption(),
    new Option('--write', "put PostgreSQL's schema and migrations in place of SQLite's, which are set aside"),
    new Option(
      '--files-only',
      "write PostgreSQL's schema and migration, and move nothing; needs no PostgreSQL",
    ),
    new Option(
      '--out <folder>',
      "where PostgreSQL's schema and migration are written; beside --schema when omitted",
    ),
    new Option(
      '--migrations <folder>',
      'the migrations of the application, where they are not beside the datasource',
    ),
    urlEnvOption(),
    new Option('--schema-name <name>', 'the schema of PostgreSQL; public when omitted'),
    new Option('--mapping <file>', 'a JSON file with further decisions on values'),
    reportOption(),
    new Option('--discard-unfinished', 'remove what an unfinished move loaded, and begin anew'),
    new Option(
      '--quarantine',
      'set rows that the target cannot hold aside, with those that depend on them, and load the others (exit code 5)',
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
