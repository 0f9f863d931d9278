import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSource } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'vatevo-source-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string) => join(folder, name);

describe('openSource', () => {
  it('says what is wrong with a file that is no SQLite database', () => {
    writeFileSync(path('empty.db'), '');
    writeFileSync(path('text.db'), 'id;name\n1;x\n'.repeat(100));
    mkdirSync(path('folder.db'));
    expect(() => openSource(path('none.db'))).toThrow(/no file .*none\.db/);
    expect(() => openSource(path('empty.db'))).toThrow(/empty \(0 bytes\)/);
    expect(() => openSource(path('text.db'))).toThrow(/not a SQLite 3 database/);
    expect(() => openSource(path('folder.db'))).toThrow(/is a folder/);
  });

  it('says that a file which another process is writing exclusively is locked', () => {
    const writer = new Database(path('busy.db'));
    writer.exec('CREATE TABLE t (x); BEGIN EXCLUSIVE; INSERT INTO t VALUES (1)');
    expect(() => openSource(path('busy.db'))).toThrow(/locked by another process/);
    writer.close();
  });

  it('refuses a hot journal rather than write to the file', () => {
    const writer = new Database(path('live.db'));
    writer.exec(`CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(100000)); PRAGMA cache_size = 1; BEGIN;
      UPDATE t SET x = randomblob(100000); INSERT INTO t VALUES (randomblob(5000000));`);
    // What a crash leaves behind: the file in the middle of a transaction, and the journal to undo it.
    copyFileSync(path('live.db'), path('crashed.db'));
    copyFileSync(path('live.db-journal'), path('crashed.db-journal'));
    writer.close();
    const before = readFileSync(path('crashed.db'));
    expect(() => openSource(path('crashed.db'))).toThrow(/crashed\.db (needs recovery|cannot be opened)/);
    expect(readFileSync(path('crashed.db')).equals(before)).toBe(true);
  });

  it('says that a truncated file is damaged', () => {
    const db = new Database(path('cut.db'));
    db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(100000))');
    db.close();
    truncateSync(path('cut.db'), 4096);
    const read = () => openSource(path('cut.db')).prepare('SELECT x FROM t').get();
    expect(read).toThrow(/damaged|malformed/);
  });
});
