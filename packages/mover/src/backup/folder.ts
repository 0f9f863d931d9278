import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { storageFailure } from './failure.ts';
import type { BackupKind } from './manifest.ts';
import { removeLeftovers, unfinishedName } from './unfinished.ts';

/**
 * Makes one backup's folder: `work` fills a folder of another name, which gets its own when everything in it
 * is on the disk. What is called `sqlite-…` or `postgres-…` is therefore whole, however a run ended.
 *
 * Only this user may enter it: a backup holds what the database holds, keys in clear among it.
 *
 * @param parent made where it is missing
 * @returns the folder
 */
export async function makeBackupFolder(
  parent: string,
  kind: BackupKind,
  at: Date,
  work: (folder: string) => Promise<void>,
): Promise<string> {
  // 20261125T190648.123Z: sorts by time, and is a name on every file system.
  const name = `${kind}-${at.toISOString().replaceAll(/[-:]/g, '')}`;
  const unfinished = join(parent, unfinishedName(name));
  const finished = join(parent, name);
  try {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    await removeLeftovers(parent, (name) => /^(sqlite|postgres)-[^-]+$/.test(name));
    await mkdir(unfinished, { mode: 0o700 });
    try {
      await work(unfinished);
      await sync(unfinished);
      await rename(unfinished, finished);
      await sync(parent);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw error;
    }
  } catch (error) {
    throw storageFailure(error, parent);
  }
  return finished;
}

/** Makes sure that a folder's entries, or a file, outlive a power cut. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
