import { fstatSync, openSync, readSync, statSync } from 'node:fs';

/** Descriptors by device and inode: one that is held keeps its inode from being given to another file. */
const held = new Map<string, number>();

/**
 * The first bytes of a file (fewer when it is shorter), read beside SQLite's own connections.
 *
 * The descriptor is never closed: closing one gives up every lock that this process has on the file (POSIX,
 * fcntl), those of read transactions included, and a writer would get in under them
 * (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
 */
export function readHead(file: string, bytes: number): Buffer {
  const { dev, ino } = statSync(file);
  const descriptor = held.get(`${dev}:${ino}`) ?? open(file);
  const head = Buffer.alloc(bytes);
  return head.subarray(0, readSync(descriptor, head, 0, bytes, 0));
}

function open(file: string): number {
  const descriptor = openSync(file, 'r');
  const { dev, ino } = fstatSync(descriptor);
  held.set(`${dev}:${ino}`, descriptor);
  return descriptor;
}
