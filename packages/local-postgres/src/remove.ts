import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { keptPlaces } from './data-folder.ts';
import { ensureNotRunning } from './pid-file.ts';

/**
 * Removes the data that `startLocalPostgres({ dataDir })` keeps, wherever it really lies.
 * Nothing happens when there is none.
 *
 * @returns whether there was any
 * @throws Error when a server runs on it, or the folder is not a PostgreSQL data folder
 */
export async function removeLocalPostgres(dataDir: string): Promise<boolean> {
  let removed = false;
  for (const folder of await keptPlaces(path.resolve(dataDir))) {
    const entries = await readdir(folder).catch(() => undefined);
    if (entries === undefined) continue;
    if (entries.length > 0 && !entries.includes('PG_VERSION')) {
      throw new Error(`${folder} is not a PostgreSQL data folder, so it is not removed.`);
    }
    await ensureNotRunning(folder);
    await rm(folder, { recursive: true, force: true });
    removed ||= entries.length > 0;
  }
  return removed;
}
