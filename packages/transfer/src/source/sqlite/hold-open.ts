import { fstatSync, openSync, statSync } from 'node:fs';

/** Descriptors by device and inode: one that is held keeps its inode from being given to another file. */
const held = new Map<string, number>();

/**
 * Opens a file for reading it beside SQLite's own connections. What is open is given again.
 *
 * The descriptor is never closed: closing one gives up every lock that this process has on the file (POSIX,
 * fcntl), those of transactions in other threads included, and a writer would get in under them
 * (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
 */
export function holdOpen(file: string): number {
  const { dev, ino } = statSync(file);
  return held.get(`${dev}:${ino}`) ?? open(file);
}

function open(file: string): number {
  const descriptor = openSync(file, 'r');
  const { dev, ino } = fstatSync(descriptor);
  held.set(`${dev}:${ino}`, descriptor);
  return descriptor;
}
