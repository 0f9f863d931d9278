import { CommandError, type CommonOptions, ExitCode, type Run } from '@vatevo/shell';
import { describeFault } from '../check/fault.ts';
import { PRISMA_FOLDER } from '../migrations/folder.ts';
import { lintWritten } from './lint-written.ts';
import { isMigrationName, makeMigration } from './make-migration.ts';
import { type LostObject, recordMigrations } from './record.ts';

export interface MigrateOptions extends CommonOptions {
  readonly name?: string;
  readonly empty?: boolean;
  readonly record?: boolean;
}

export async function runMigrate(options: MigrateOptions, { report }: Run): Promise<undefined> {
  const { name, empty = false, record = false } = options;
  if (record) {
    warnOf(await recordMigrations(PRISMA_FOLDER), report);
    report.result({}, [
      'Recorded the migrations, the catalogs that they make, and the types of the queries: review and commit them.',
    ]);
    return;
  }
  if (name === undefined || !isMigrationName(name)) throw misused(name);
  const { written, lost, led } = await makeMigration({ name, empty }, PRISMA_FOLDER);
  for (const change of led) report.note(`In schema.prisma the tenant leads each key. ${change}.`);
  if (written.length === 0) {
    report.result({ written }, ['The migrations make what the schema says: nothing to do.']);
    return;
  }
  warnOf(lost, report);
  const faults = await lintWritten(written, PRISMA_FOLDER);
  report.result({ written, faults }, [
    'Written:',
    ...written.map((file) => `  packages/db/${file}`),
    ...(faults.length > 0 ? ['\nAs it stands, pnpm db:check will refuse it (docs/migrations.md):\n'] : []),
    ...faults.map((fault) => `${describeFault(fault)}\n`),
    'Review them. After you edit one, run pnpm db:migrate --record. pnpm db:deploy applies them to your database, and pnpm build generates the clients.',
  ]);
}

function misused(name: string | undefined): CommandError {
  return new CommandError(
    ExitCode.usage,
    name === undefined ? 'Give either --name or --record.' : `"${name}" cannot be a migration's name.`,
    { remedy: ['Add --help to list the options.'] },
  );
}

function warnOf(lost: readonly LostObject[], report: Run['report']): void {
  for (const { kind, name } of lost) {
    report.warn(
      `The ${kind} migrations no longer make the ${name}: if that is not meant, write it into the newest migration.`,
    );
  }
}
