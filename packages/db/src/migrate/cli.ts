// Entry point of `pnpm db:migrate`.
import { parseArgs } from 'node:util';
import { describeFault } from '../check/fault.ts';
import { ExitCode } from '../cli/exit-code.ts';
import { runCommand } from '../cli/run-command.ts';
import { PRISMA_FOLDER } from '../migrations/folder.ts';
import { lintWritten } from './lint-written.ts';
import { isMigrationName, makeMigration } from './make-migration.ts';
import { type LostObject, recordMigrations } from './record.ts';

const USAGE = `Usage: pnpm db:migrate --name WHAT_CHANGES   make the migration that the schema asks for, for both databases
       pnpm db:migrate --name X --empty       make one to write by hand
       pnpm db:migrate --record               record the newest migration after editing it
A name is made of small letters, digits and _, like add_invoice_note.
`;

await runCommand(async (args) => {
  const options = readOptions(args);
  if (typeof options === 'string') {
    console.error(`error: ${options}\n${USAGE}`);
    return ExitCode.usage;
  }
  const { name, empty = false, help = false } = options;
  if (help) {
    console.log(USAGE);
    return ExitCode.done;
  }
  if (name === undefined) {
    warnOf(await recordMigrations(PRISMA_FOLDER));
    console.log('Recorded the migrations and the catalogs that they make: review and commit them.');
    return ExitCode.done;
  }
  const { written, lost, led } = await makeMigration({ name, empty }, PRISMA_FOLDER);
  for (const change of led) console.log(`In schema.prisma the tenant leads each key. ${change}.`);
  if (written.length === 0) {
    console.log('The migrations make what the schema says: nothing to do.');
    return ExitCode.done;
  }
  console.log(`Written:\n${written.map((file) => `  packages/db/${file}`).join('\n')}`);
  warnOf(lost);
  const faults = await lintWritten(written, PRISMA_FOLDER);
  if (faults.length > 0) {
    console.log('\nAs it stands, pnpm db:check will refuse it (docs/migrations.md):\n');
    for (const fault of faults) console.log(`${describeFault(fault)}\n`);
  }
  console.log(
    'Review them; after editing one, run pnpm db:migrate --record. pnpm db:deploy applies them to your database, pnpm build makes the clients anew.',
  );
  return ExitCode.done;
});

function warnOf(lost: readonly LostObject[]): void {
  for (const { kind, name } of lost) {
    console.error(
      `warning: the ${kind} migrations no longer make the ${name}: if that is not meant, write it into the newest migration.`,
    );
  }
}

interface Options {
  name?: string | undefined;
  empty?: boolean | undefined;
  help?: boolean | undefined;
}

/** The options, or what is wrong with them. */
function readOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        name: { type: 'string', short: 'n' },
        empty: { type: 'boolean' },
        record: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const { name, empty, record = false, help } = values;
    if (help) return { help };
    if (record === (name !== undefined)) return 'Give either --name or --record.';
    if (record && empty) return '--empty goes with --name.';
    if (name !== undefined && !isMigrationName(name)) return `"${name}" cannot be a migration's name.`;
    return { name, empty };
  } catch (error) {
    return (error as Error).message;
  }
}
