import { closeSync, openSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { sync } from '../folder.ts';

/** Bytes that are copied before a signal and the progress get a chance. */
const STEP = 16 << 20;

/**
 * Copies a database page by page by SQLite's own backup, all of it from one read transaction: one state of
 * the data, a write-ahead log included, whatever others write meanwhile.
 *
 * Writers of a file in WAL mode wait for nothing. In the other journal modes a commit waits until the copy is
 * made: as long as copying the file takes.
 */
export async function copyDatabase(
  source: Database,
  file: string,
  signal: AbortSignal,
  onPages: (done: number) => void,
): Promise<void> {
  closeSync(openSync(file, 'wx', 0o600));
  const pages = Math.max(1, Math.floor(STEP / Number(source.pragma('page_size', { simple: true }))));
  source.exec('BEGIN');
  try {
    // A transaction begins with its first read.
    source.prepare('SELECT count(*) FROM sqlite_schema').get();
    await source.backup(file, {
      progress: ({ totalPages, remainingPages }) => {
        signal.throwIfAborted();
        onPages(totalPages - remainingPages);
        return pages;
      },
    });
  } finally {
    source.exec('COMMIT');
  }
  await sync(file);
}
