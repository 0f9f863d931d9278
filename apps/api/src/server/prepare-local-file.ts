import type { Log } from '../log.ts';
import type { ApiConfig } from '../settings.ts';
import { StartError } from './start-error.ts';

/**
 * Makes the SQLite file of local development, or migrates it, so that
 * the API starts with nothing set. A server's database is never migrated from
 * here: that is `pnpm ops:prepare-postgres`, run once before a deploy and not
 * by every process of it.
 *
 * @throws StartError when the file cannot be made or migrated
 */
export async function prepareLocalFile({ database, environment }: ApiConfig, log: Log): Promise<void> {
  if (database.kind !== 'sqlite') return;
  if (environment !== 'development' && environment !== 'test') return;
  // Loaded only here: it brings a schema engine along that a server has no use for.
  const { deployMigrations } = await import('@vatevo/db/migrations');
  try {
    const { applied } = await deployMigrations(database);
    if (applied.length > 0) log.info({ file: database.file, migrations: applied }, 'SQLite file prepared');
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`Cannot prepare the SQLite file ${database.file}: ${said}`, { cause });
  }
}
