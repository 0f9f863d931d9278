import type { PostgresTarget, SqliteTarget } from '@vatevo/connection';
import { readMigrationRecords } from './applied.ts';
import type { DeployOptions } from './deploy-options.ts';
import { prismaFiles, readMigrationFiles } from './folder.ts';
import { refuseHistory } from './refuse-history.ts';
import { applyToSqlite } from './sqlite/apply.ts';
import { compareHistory } from './status.ts';

/**
 * Applies the migrations of this release that a database lacks.
 *
 * 1. Of two runs at a time one waits for the other.
 * 2. A history that this release cannot resume is refused before anything is touched.
 * 3. Migrations are applied one by one, in a session with a lock_timeout. Where an
 *    index is built or dropped concurrently, nobody waits behind it, so it may wait
 *    for as long as there is time.
 * 4. A migration that could not get its locks was rolled back by PostgreSQL as a
 *    whole, or what it left of its index is dropped. It is marked so, and tried
 *    again after a pause that doubles each time.
 *
 * A SQLite file that does not exist is created. There each migration is one transaction, which is committed only
 * when nothing is lost.
 *
 * @throws MigrationError when the history is refused, the database refuses a
 *   statement, or locks could not be had in time
 * @throws ConnectionError
 *
 * @example
 * const { applied } = await deployMigrations(config.database, { onStep: console.log });
 */
export async function deployMigrations(
  target: PostgresTarget | SqliteTarget,
  { lockTimeoutMs = 2_000, giveUpAfterMs = 120_000, upTo, onStep = () => undefined }: DeployOptions = {},
): Promise<{ applied: readonly string[] }> {
  if (target.kind === 'sqlite') return { applied: await deployToSqlite(target.file, giveUpAfterMs, upTo) };
  // Imported here: it needs the schema engine, which an application with a file of its own is installed without.
  const { deployToPostgres } = await import('./postgres/deploy.ts');
  return { applied: await deployToPostgres({ target, lockTimeoutMs, giveUpAfterMs, upTo, onStep }) };
}

async function deployToSqlite(
  file: string,
  busyTimeoutMs: number,
  upTo: string | undefined,
): Promise<readonly string[]> {
  const files = await readMigrationFiles(prismaFiles('sqlite').migrations);
  const { pending, ...status } = compareHistory(files, await readMigrationRecords({ kind: 'sqlite', file }));
  refuseHistory({ pending, ...status });
  return pending.length === 0 ? [] : applyToSqlite(file, files, busyTimeoutMs, upTo);
}
