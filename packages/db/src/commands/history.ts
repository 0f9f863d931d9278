import { ConnectionError } from '@vatevo/connection';
import { type MigrationRecord, readMigrationRecords } from '../migrations/applied.ts';
import { prismaFiles, readMigrationFiles } from '../migrations/folder.ts';
import type { Target } from './cli.ts';

/** Lists the migrations of this release and of the database, oldest first; works without a connection, too. */
export async function history(target: Target): Promise<number> {
  const files = await readMigrationFiles(prismaFiles(target.kind).migrations);
  const records = await readRecords(target);
  const names = new Set([...files.map(({ name }) => name), ...(records ?? []).map(({ name }) => name)]);
  for (const name of [...names].sort()) {
    const tries = records?.filter((record) => record.name === name);
    const unknown = files.some((file) => file.name === name) ? '' : ', unknown to this release';
    console.log(`${name}  ${describe(tries)}${unknown}`);
  }
  return 0;
}

async function readRecords(target: Target): Promise<MigrationRecord[] | undefined> {
  try {
    return await readMigrationRecords(target);
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    console.log(`What is applied cannot be told: ${error.message}`);
    return undefined;
  }
}

function describe(tries: readonly MigrationRecord[] | undefined): string {
  if (tries === undefined) return '';
  const live = tries.findLast(({ rolledBackAt }) => rolledBackAt === null);
  if (live?.finishedAt) return `applied ${live.finishedAt.toISOString()}`;
  if (live) return `failed half-way, begun ${live.startedAt.toISOString()}`;
  return tries.length > 0 ? 'rolled back' : 'pending';
}
