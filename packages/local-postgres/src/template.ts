import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Account } from './account.ts';
import { baseFolder, removeLeftovers } from './base-folder.ts';
import { handOver } from './data-folder.ts';
import { moveIntoPlace } from './into-place.ts';
import { run } from './run.ts';

const MAX_AGE_MS = 30 * 24 * 3_600_000;

/**
 * Fills `dataDir` with a copy of what `make` makes, which is kept below the temporary directory for the next time:
 * initdb takes three times as long as copying its result.
 *
 * @param key everything that decides what is made
 * @param dataDir an empty folder of the account's
 */
export async function copyTemplate(
  key: readonly string[],
  dataDir: string,
  account: Account | undefined,
  make: (folder: string) => Promise<void>,
): Promise<void> {
  const base = await baseFolder();
  const name = `cluster-${createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16)}`;
  const template = path.join(base, name);
  if (!(await isWhole(template))) await makeTemplate(base, name, account, make);
  const copied = await run('cp', ['-R', '-p', `${path.join(template, 'pgdata')}/.`, dataDir], account);
  if (!copied.ok) throw new Error(`${template} could not be copied to ${dataDir}: ${copied.output}`);
}

/** Made under a name of its own and renamed into place: of two that do so at once, the second one is thrown away. */
async function makeTemplate(
  base: string,
  name: string,
  account: Account | undefined,
  make: (folder: string) => Promise<void>,
): Promise<void> {
  const prefix = `${name}.making-`;
  await removeLeftovers(base, prefix, 600_000);
  // Of versions and clones that are gone.
  await removeLeftovers(base, 'cluster-', MAX_AGE_MS);
  const work = await mkdtemp(path.join(base, prefix));
  try {
    // Others than the account see which folders there are, and nothing of what is in them.
    await chmod(work, 0o711);
    const data = path.join(work, 'pgdata');
    await mkdir(data);
    await handOver(data, account);
    await make(data);
    await writeFile(path.join(work, 'digest'), await digestOf(data));
    const place = path.join(base, name);
    await moveIntoPlace(work, place, () => isWhole(place));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Temporary folders get cleaned piecemeal. */
async function isWhole(template: string): Promise<boolean> {
  try {
    const known = await readFile(path.join(template, 'digest'), 'utf8');
    return known === (await digestOf(path.join(template, 'pgdata')));
  } catch {
    return false;
  }
}

/** Of the names and sizes of all files, and of the names of all folders. */
async function digestOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const lines = await Promise.all(
    entries.map(async (entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return `${path.relative(folder, file)} ${entry.isFile() ? (await stat(file)).size : ''}`;
    }),
  );
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}
