import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { PREFIX } from './names.ts';

const CHUNK = 8 << 20;

/**
 * Whether a name of ours is anywhere in the bytes of a file, in what SQLite counts as free, too.
 *
 * Call it only when this process has no transaction on the file: closing a descriptor gives up its locks (POSIX).
 */
export function holdsLeftovers(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(CHUNK + PREFIX.length);
    for (let from = 0; from < size; from += CHUNK) {
      // Chunks overlap, for a name may lie across their border.
      const read = readSync(descriptor, buffer, 0, buffer.length, from);
      if (buffer.subarray(0, read).includes(PREFIX)) return true;
    }
    return false;
  } finally {
    closeSync(descriptor);
  }
}
