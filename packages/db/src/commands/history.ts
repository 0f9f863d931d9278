import { type Config, ConnectionError } from '@vatevo/connection';
import { CommandError, exitCodeOf, type Run } from '@vatevo/shell';
import { type MigrationRecord, readMigrationRecords } from '../migrations/applied.ts';
import { prismaFiles, readMigrationFiles } from '../migrations/folder.ts';

/**
 * Lists the migrations of this release and of the database, oldest first.
 *
 * Without a connection those of the release are listed all the same, and the
 * exit code says that it is not the whole answer.
 */
export async function history(target: Config['database'], { report }: Run): Promise<undefined> {
  const files = await readMigrationFiles(prismaFiles(target.kind).migrations);
  const records = await readMigrationRecords(target).catch(unlessConnectionError);
  const known = records instanceof ConnectionError ? undefined : records;
  const names = new Set([...files.map(({ name }) => name), ...(known ?? []).map(({ name }) => name)]);
  const migrations = [...names].sort().map((name) => ({
    name,
    state: describe(known?.filter((record) => record.name === name)),
    isKnown: files.some((file) => file.name === name),
  }));
  report.result({ migrations }, [
    `${migrations.length} migrations, oldest first:`,
    ...migrations.map(({ name, state, isKnown }) =>
      `${name}  ${state}${isKnown ? '' : ', unknown to this release'}`.trimEnd(),
    ),
  ]);
  if (!(records instanceof ConnectionError)) return;
  throw new CommandError(exitCodeOf(records), `What is applied cannot be told: ${records.message}`, {
    cause: records,
  });
}

function unlessConnectionError(error: unknown): ConnectionError {
  if (error instanceof ConnectionError) return error;
  throw error;
}

function describe(tries: readonly MigrationRecord[] | undefined): string {
  if (tries === undefined) return '';
  const live = tries.findLast(({ rolledBackAt }) => rolledBackAt === null);
  if (live?.finishedAt) return `applied ${live.finishedAt.toISOString()}`;
  if (live) return `failed half-way, begun ${live.startedAt.toISOString()}`;
  return tries.length > 0 ? 'rolled back' : 'pending';
}
