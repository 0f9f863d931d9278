import { type Config, ConnectionError } from '@vatevo/connection';
import { ExitCode, exitCodeOf } from '../cli/exit-code.ts';
import { type MigrationRecord, readMigrationRecords } from '../migrations/applied.ts';
import { prismaFiles, readMigrationFiles } from '../migrations/folder.ts';

/**
 * Lists the migrations of this release and of the database, oldest first.
 *
 * Without a connection those of the release are listed all the same, and the
 * exit code says that it is not the whole answer.
 */
export async function history(target: Config['database']): Promise<ExitCode> {
  const files = await readMigrationFiles(prismaFiles(target.kind).migrations);
  const records = await readMigrationRecords(target).catch(unlessConnectionError);
  const known = records instanceof ConnectionError ? undefined : records;
  const names = new Set([...files.map(({ name }) => name), ...(known ?? []).map(({ name }) => name)]);
  for (const name of [...names].sort()) {
    const tries = known?.filter((record) => record.name === name);
    const unknown = files.some((file) => file.name === name) ? '' : ', unknown to this release';
    console.log(`${name}  ${describe(tries)}${unknown}`.trimEnd());
  }
  if (!(records instanceof ConnectionError)) return ExitCode.done;
  console.error(`error: What is applied cannot be told: ${records.message}`);
  return exitCodeOf(records);
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
