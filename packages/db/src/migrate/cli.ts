// Entry point of `pnpm db:migrate`.
import { parseArgs } from 'node:util';
import { describeFault } from '../check/fault.ts';
import { PRISMA_FOLDER } from '../migrations/folder.ts';
import { MigrateError } from './error.ts';
import { lintWritten } from './lint-written.ts';
import { makeMigration } from './make-migration.ts';
import { recordMigrations } from './record.ts';

const USAGE = `Usage: pnpm db:migrate --name WHAT_CHANGES   make the migration that the schema asks for, for both databases
       pnpm db:migrate --name X --empty       make one to write by hand
       pnpm db:migrate --record               record the newest migration after editing it
`;

/** Exit codes as of all commands: 0 done, 2 wrong usage, 4 migrations inconsistent. */
async function run(): Promise<number> {
  let values: { name?: string; empty?: boolean; record?: boolean; help?: boolean };
  try {
    ({ values } = parseArgs({
      options: {
        name: { type: 'string', short: 'n' },
        empty: { type: 'boolean' },
        record: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  const { name, empty = false, record = false, help = false } = values;
  if (help) {
    console.log(USAGE);
    return 0;
  }
  if (record === (name !== undefined)) {
    console.error(USAGE);
    return 2;
  }
  if (name === undefined) {
    await recordMigrations(PRISMA_FOLDER);
    console.log('Recorded the migrations and the catalogs that they make: review and commit them.');
    return 0;
  }
  const written = await makeMigration({ name, empty }, PRISMA_FOLDER);
  if (written.length === 0) {
    console.log('The migrations make what the schema says: nothing to do.');
    return 0;
  }
  console.log(`Written:\n${written.map((file) => `  packages/db/${file}`).join('\n')}`);
  const faults = await lintWritten(written, PRISMA_FOLDER);
  if (faults.length > 0) {
    console.log('\nAs it stands, pnpm db:check will refuse it (docs/migrations.md):\n');
    for (const fault of faults) console.log(`${describeFault(fault)}\n`);
  }
  console.log(
    'Review them; after editing one, run pnpm db:migrate --record. pnpm db:deploy applies them to your database, pnpm build makes the clients anew.',
  );
  return 0;
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof MigrateError)) throw error;
  console.error(error.message);
  process.exitCode = 4;
}
