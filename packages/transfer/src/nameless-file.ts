import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where temporary files may go that are too large for memory; the first that will do is taken. */
export const LARGE_FILE_FOLDERS: readonly string[] = [tmpdir(), '/var/tmp'];

/** Linux's number for a file system that lies in memory (statfs(2), TMPFS_MAGIC). */
const IN_MEMORY = 0x0102_1994;

/** Free bytes of the disk that a folder lies on; undefined where it lies in memory, or cannot be asked. */
export function freeOnDisk(folder: string): number | undefined {
  try {
    const { type, bavail, bsize } = statfsSync(folder);
    return type === IN_MEMORY ? undefined : bavail * bsize;
  } catch {
    return undefined;
  }
}

/** A file that no other process can open, and that is gone with this one: it has no name when the first byte is written. */
export class NamelessFile {
  readonly descriptor: number;
  #isOpen = true;

  /** @param what it holds, for its name of a moment */
  constructor(folder: string, what: string) {
    const path = join(folder, `vatevo-${what}-${randomUUID()}`);
    this.descriptor = openSync(path, 'wx+', 0o600);
    try {
      rmSync(path);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.descriptor);
  }
}
