import { lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * The one folder below the temporary directory that holds everything of this package:
 * copied binaries, temporary data, kept data whose own place the server cannot reach.
 *
 * Its name is predictable, so another local user could have made it first and planted
 * binaries in it: it is used only when it is a real directory that belongs to us and
 * that nobody else can write to.
 */
export async function baseFolder(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const folder = path.join(tmpdir(), `vatevo-postgres-${uid}`);
  await mkdir(folder, { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const found = await lstat(folder);
  const ours = found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0;
  if (!ours) {
    throw new Error(
      `The folder ${folder} is not safe to use: it must be a directory that belongs to user ${uid} and ` +
        'that nobody else can write to. Remove it, or set TMPDIR to another directory.',
    );
  }
  return folder;
}

/** Removes entries of `folder` with the given name prefix that a killed process left behind. */
export async function removeLeftovers(folder: string, prefix: string, olderThanMs: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const entry = path.join(folder, name);
    const found = await stat(entry).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > olderThanMs) await rm(entry, { recursive: true, force: true });
  }
}
