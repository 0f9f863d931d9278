import { type Config, describeTarget, parseConfig, settleHost, withHeartbeat } from '@vatevo/connection';
import { type CommonOptions, jsonOption, type Program, type Register, type Run } from '@vatevo/shell';
import { Option } from 'commander';
import type { StudioOptions } from './commands/studio.ts';
import type { MigrateOptions } from './migrate/run-migrate.ts';

/** Milliseconds after which a server that says nothing is given up. */
const SILENCE_MS = 30_000;

type Work = (target: Config['database'], run: Run) => Promise<number | undefined>;

/** A command that works on the database that the environment names. */
function onDatabase(name: string, does: string, load: () => Promise<Work>): Register {
  return (program, shell) => {
    program
      .command(name)
      .description(`${does}. Works on the database that the environment names.`)
      .addOption(jsonOption())
      .action(
        shell.action<CommonOptions>(name, async (_, run) => {
          const { database } = parseConfig(run.env);
          if (database.kind === 'sqlite') {
            // A relative file counts from where the user is.
            const target = { ...database, file: run.resolvePath(database.file) };
            run.report.note(describeTarget(target));
            return (await load())(target, run);
          }
          run.protect(database.password ?? run.env.PGPASSWORD, describeTarget(database));
          run.report.note(describeTarget(database));
          const work = await load();
          const here = await settleHost(database);
          return withHeartbeat(here, SILENCE_MS, () => work(here, run));
        }),
      );
  };
}

/** A command that works on the files in `prisma`. */
function onFiles(
  name: string,
  does: string,
  load: () => Promise<(run: Run) => Promise<number | undefined>>,
): Register {
  return (program, shell) => {
    program
      .command(name)
      .description(`${does}. Needs no database and no settings.`)
      .addOption(jsonOption())
      .action(shell.action<CommonOptions>(name, async (_, run) => (await load())(run)));
  };
}

const migrate: Register = (program, shell) => {
  program
    .command('migrate')
    .description('Writes the migrations for a change of the models, for both databases.')
    .option(
      '-n, --name <what_changes>',
      'the name: lower-case letters, digits and _, such as add_invoice_note',
    )
    .option('--empty', 'write an empty migration to fill by hand')
    .addOption(
      new Option('--record', 'record the newest migration after editing it').conflicts(['name', 'empty']),
    )
    .addOption(jsonOption())
    .action(
      shell.action<MigrateOptions>('migrate', async (options, run) =>
        (await import('./migrate/run-migrate.ts')).runMigrate(options, run),
      ),
    );
};

/** Whatever the arguments, they are for the Prisma CLI. */
const prisma: Register = (program, shell) => {
  program
    .command('prisma')
    .description(
      'Runs the Prisma CLI with our schema engine, which downloads nothing and erases nothing without confirmation.',
    )
    .argument('[arguments...]')
    .allowUnknownOption()
    .helpOption(false)
    .action((args: readonly string[]) =>
      shell.action('prisma', async () => (await import('./prisma/run-prisma.ts')).runPrisma(args))({}),
    );
};

const studio: Register = (program, shell) => {
  program
    .command('studio')
    .description('Opens Prisma Studio on the database that the environment names.')
    .option('-p, --port <number>', 'the port of Prisma Studio')
    .option('-b, --browser <name>', 'the browser to open; none opens no browser')
    .action(
      shell.action<StudioOptions>('studio', async (options, run) =>
        (await import('./commands/studio.ts')).studio(options, run),
      ),
    );
};

/** What `pnpm db:…` and `pnpm prisma` run. */
export const database: Program = {
  name: 'vatevo-db',
  description: "Writes, checks and applies the migrations of Vatevo's databases.",
  preset: {},
  commands: [
    onFiles(
      'check',
      'Proves that models, migrations and catalogs agree',
      async () => (await import('./check/run-check.ts')).runCheck,
    ),
    migrate,
    onDatabase(
      'deploy',
      'Applies pending migrations',
      async () => (await import('./commands/deploy.ts')).deploy,
    ),
    onDatabase(
      'status',
      'Shows which migrations are applied',
      async () => (await import('./commands/status.ts')).status,
    ),
    onDatabase(
      'seed',
      'Adds sample rows to a development database, once, and prints a key for the API',
      async () => (await import('./commands/seed.ts')).seed,
    ),
    onDatabase(
      'reset',
      'Erases a development database, applies all migrations, and adds the sample rows',
      async () => (await import('./commands/reset.ts')).reset,
    ),
    studio,
    onFiles(
      'erd',
      'Draws the tables and their foreign keys from the models',
      async () => (await import('./commands/erd.ts')).erd,
    ),
    onDatabase(
      'history',
      'Lists all migrations',
      async () => (await import('./commands/history.ts')).history,
    ),
    prisma,
  ],
};
