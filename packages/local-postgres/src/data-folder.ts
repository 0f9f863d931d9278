import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Account } from './account.ts';
import { baseFolder } from './base-folder.ts';
import { run } from './run.ts';

/** A place for a server's data. */
export interface DataFolder {
  readonly dataDir: string;
  /** What to remove once the server is gone for good; `undefined` for data that is kept. */
  readonly temporary: string | undefined;
}

/** Makes an empty data folder that lives as long as this process at most. */
export async function temporaryFolder(account: Account | undefined): Promise<DataFolder> {
  const temporary = await realpath(await mkdtemp(path.join(await baseFolder(), 'data-')));
  const dataDir = path.join(temporary, 'pgdata');
  await mkdir(dataDir);
  await handOver(dataDir, account);
  await handOver(temporary, account);
  return { dataDir, temporary };
}

/**
 * Makes or finds the folder for data that is kept: the wanted one when the server's
 * account can use it, else one below the temporary directory that is always the same
 * for the same wanted path.
 */
export async function keptFolder(wanted: string, account: Account | undefined): Promise<DataFolder> {
  await refuseOtherData(wanted);
  const made = await mkdir(wanted, { recursive: true }).catch(() => undefined);
  if (await usable(wanted, account)) return { dataDir: await realpath(wanted), temporary: undefined };
  if (made !== undefined) await rm(made, { recursive: true, force: true });

  const folder = await placeElsewhere(wanted);
  await mkdir(folder, { recursive: true });
  if (await usable(folder, account)) return { dataDir: await realpath(folder), temporary: undefined };
  throw new Error(
    `The account ${account?.name ?? 'running this'} can use neither ${wanted} nor ${folder} for a ` +
      'database: choose another data folder, or set TMPDIR to a directory that it can enter.',
  );
}

/** Before anything is done to the folder: its owner and mode are about to change. */
async function refuseOtherData(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return ['a file'];
    return [];
  });
  if (entries.length === 0 || entries.includes('PG_VERSION')) return;
  throw new Error(`${folder} is neither empty nor a PostgreSQL data folder: choose another folder.`);
}

/** Where data for the wanted folder may lie: there, or below the temporary directory. */
export async function keptPlaces(wanted: string): Promise<string[]> {
  return [wanted, await placeElsewhere(wanted)];
}

async function placeElsewhere(wanted: string): Promise<string> {
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
  return path.join(await baseFolder(), `kept-${name}`);
}

/** Gives a folder or file to the server's account, and to it alone. */
export async function handOver(entry: string, account: Account | undefined, mode = 0o700): Promise<void> {
  if (account) await chown(entry, account.uid, account.gid);
  await chmod(entry, mode);
}

async function usable(folder: string, account: Account | undefined): Promise<boolean> {
  try {
    await handOver(folder, account);
  } catch {
    return false;
  }
  // Asked of the account itself: only the system knows every parent's rights.
  return (await run('/bin/sh', ['-c', 'cd "$1" && test -w . && test -r .', 'sh', folder], account)).ok;
}
