import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { availableMemory } from 'node:process';

/** Where Linux has a file system that lies in memory. */
const IN_MEMORY = '/dev/shm';
/** Linux's number for one (statfs(2), TMPFS_MAGIC). */
const TMPFS = 0x0102_1994;
/** Room that it must have, and memory that must be free beside: four test files with a server each take a part of it. */
const ROOM = 4 * 1024 ** 3;
/** What a run that was killed left behind is of no use to anybody a day later. */
const LEFT_BEHIND_MS = 24 * 3_600_000;

/**
 * Has temporary files lie in memory, where there is room. A database is 300 files, and a case often has one of its own:
 * to make them on a disk takes up to ten times the processor's time, and more the more were removed before.
 */
export function keepTemporaryFilesInMemory(): void {
  if (process.env.TMPDIR !== undefined || !isRoomInMemory()) return;
  // The same for all runs: a new cluster is copied from one that an earlier run left here.
  const folder = join(IN_MEMORY, `vatevo-tests-${process.getuid?.()}`);
  mkdirSync(folder, { recursive: true });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) return;
  // As every folder for temporary files: some tests run programs as other users.
  chmodSync(folder, 0o1777);
  for (const name of readdirSync(folder)) removeOld(join(folder, name));
  process.env.TMPDIR = folder;
}

function isRoomInMemory(): boolean {
  try {
    const { type, bavail, bsize } = statfsSync(IN_MEMORY);
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[1] === IN_MEMORY);
    // Some tests write programs and run them.
    const isForPrograms = mount !== undefined && !/\bnoexec\b/.test(mount);
    return type === TMPFS && isForPrograms && Math.min(bavail * bsize, availableMemory()) >= ROOM;
  } catch {
    return false;
  }
}

function removeOld(entry: string): void {
  const { mtimeMs } = statSync(entry, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
  if (Date.now() - mtimeMs > LEFT_BEHIND_MS) rmSync(entry, { recursive: true, force: true });
}
