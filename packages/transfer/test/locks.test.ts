import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprintSource, snapshotMark } from '../dist/source/sqlite/fingerprint.js';
import { openSource } from '../dist/source/sqlite/open.js';
import { ReaderThreads } from '../dist/source/sqlite/readers/threads.js';
import { FileSnapshot } from '../dist/source/sqlite/snapshot.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vatevo-locks-'));
  file = path.join(folder, 'source.db');
});
afterEach(() => rm(folder, { recursive: true }));

/** A writer in a process of its own, which does not wait: what SQLite says to it, `written` when it got in. */
async function write(): Promise<string> {
  const driver = createRequire(import.meta.url).resolve('better-sqlite3');
  const script = `
    const db = new (require(process.argv[1]))(process.argv[2], { timeout: 0 });
    try { db.exec('INSERT INTO t VALUES (1)'); console.log('written'); } catch (error) { console.log(error.code); }`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, driver, file]);
  return stdout.trim();
}

describe('the readers’ transactions', () => {
  it('hold a writer’s commit off in rollback-journal mode, whatever else looks into the file', async () => {
    const db = new Database(file);
    db.exec('CREATE TABLE t (a)');
    db.close();
    const snapshot = await FileSnapshot.open(file, 2, new ReaderThreads());
    try {
      expect(await write()).toBe('SQLITE_BUSY');
      fingerprintSource(file);
      snapshotMark(file);
      openSource(file).close();
      expect(await write()).toBe('SQLITE_BUSY');
    } finally {
      await snapshot.close();
    }
    expect(await write()).toBe('written');
  });

  it('keep a write-ahead log from being worked into the file under them', async () => {
    const db = new Database(file);
    db.pragma('journal_mode = WAL');
    db.exec('CREATE TABLE t (a)');
    db.pragma('wal_checkpoint(TRUNCATE)');
    const snapshot = await FileSnapshot.open(file, 2, new ReaderThreads());
    try {
      snapshotMark(file);
      db.exec('INSERT INTO t VALUES (1)');
      // busy, frames in the log, frames worked in
      expect(db.pragma('wal_checkpoint(PASSIVE)')).toEqual([
        { busy: expect.any(Number), log: expect.any(Number), checkpointed: 0 },
      ]);
    } finally {
      await snapshot.close();
      db.close();
    }
  });
});
