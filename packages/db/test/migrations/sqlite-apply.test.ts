import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { MigrationFile } from '../../src/migrations/folder.ts';
import { applyToSqlite } from '../../src/migrations/sqlite/apply.ts';

const INIT = `CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, parent INTEGER REFERENCES t (id) ON DELETE CASCADE, CHECK (name <> ''));
CREATE TABLE child (id INTEGER PRIMARY KEY, t INTEGER NOT NULL REFERENCES t (id) ON DELETE CASCADE);
CREATE INDEX t_some ON t (name) WHERE parent IS NULL;`;

const ANEW = `PRAGMA foreign_keys=OFF;
CREATE TABLE new_t (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, parent INTEGER REFERENCES t (id) ON DELETE CASCADE, more TEXT NOT NULL DEFAULT (lower('X')), CHECK (name <> ''));
INSERT INTO new_t (id, name, parent) SELECT id, name, parent FROM t;
DELETE FROM sqlite_sequence WHERE name = 'new_t';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_t', seq FROM sqlite_sequence WHERE name = 't';
DROP TABLE t;
ALTER TABLE new_t RENAME TO t;
CREATE INDEX t_some ON t (name) WHERE parent IS NULL;
PRAGMA foreign_keys=ON;`;

function migrations(...scripts: string[]): MigrationFile[] {
  return scripts.map((script, at) => ({
    name: `2026010${at + 1}000000_m${at}`,
    script,
    checksum: createHash('sha256').update(script).digest('hex'),
  }));
}

/** A file with rows that refer to one another, and an id that was assigned and deleted. */
async function fileInUse(journal = 'delete') {
  const folder = await mkdtemp(path.join(tmpdir(), 'vatevo-apply-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'app.db');
  applyToSqlite(file, migrations(INIT), 1000);
  const database = new Database(file);
  database.pragma(`journal_mode = ${journal}`);
  database.exec(`INSERT INTO t (name, parent) VALUES ('a', NULL), ('b', 1), ('c', 2);
    INSERT INTO child (t) VALUES (1), (2), (3);
    INSERT INTO t (id, name) VALUES (99, 'gone'); DELETE FROM t WHERE id = 99`);
  database.close();
  return { file, folder };
}

/** Everything in a file, as text. */
function dump(file: string): string {
  const database = new Database(file);
  const schema = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid').all();
  const tables = database
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`)
    .pluck()
    .all() as string[];
  const rows = tables.map((table) => [
    table,
    database.prepare(`SELECT * FROM "${table}" ORDER BY rowid`).all(),
  ]);
  const sound = database.pragma('integrity_check');
  database.close();
  return JSON.stringify([schema, rows, sound], null, 1);
}

describe('migrations of a SQLite file in use', () => {
  it('keep rows that refer to a table which is made anew, and the ids that were assigned', async () => {
    const { file } = await fileInUse();
    expect(applyToSqlite(file, migrations(INIT, ANEW), 1000)).toEqual(['20260102000000_m1']);
    const database = new Database(file);
    expect(database.prepare('SELECT id, name, parent, more FROM t').raw().all()).toEqual([
      [1, 'a', null, 'x'],
      [2, 'b', 1, 'x'],
      [3, 'c', 2, 'x'],
    ]);
    expect(database.prepare('SELECT count(*) FROM child').pluck().get()).toBe(3);
    expect(
      database.exec(`INSERT INTO t (name) VALUES ('d')`).prepare('SELECT max(id) FROM t').pluck().get(),
    ).toBe(100);
    const history = database
      .prepare('SELECT finished_at, applied_steps_count, checksum FROM _prisma_migrations')
      .all();
    expect(history).toHaveLength(2);
    database.close();
    expect(applyToSqlite(file, migrations(INIT, ANEW), 1000)).toEqual([]);
  });

  it.each<[string, string, RegExp]>([
    [
      'a statement is refused',
      'CREATE TABLE u (id); INSERT INTO nowhere VALUES (1);',
      /no such table: nowhere \(line 1\)/,
    ],
    [
      'a row would be lost',
      ANEW.replace('FROM t;', 'FROM t WHERE id < 3;').replace('child', 'child'),
      /1 of 3 rows of t/,
    ],
    [
      'a column would be lost',
      `ALTER TABLE t RENAME TO old; CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, name TEXT, CHECK (name <> '')); INSERT INTO t SELECT id, name FROM old; DROP TABLE old;`,
      /column t\.parent/,
    ],
    ['a CHECK would be lost', ANEW.replace(`, CHECK (name <> '')`, ''), /CHECK of t/],
    ['an index would be lost', ANEW.replace(/CREATE INDEX.*\n/, ''), /index t_some/],
    [
      'ids would be assigned again',
      ANEW.replace(/DELETE FROM sqlite_sequence.*\nINSERT INTO sqlite_sequence.*\n/, ''),
      /high-water mark of t/,
    ],
    [
      'rows would refer to nothing',
      'DELETE FROM t WHERE id = 2;',
      /rows of t to which (t|child) refers would be left/,
    ],
    [
      'the transaction would end',
      'CREATE TABLE u (id); COMMIT; CREATE TABLE v (id);',
      /would end the transaction/,
    ],
  ])('leave the file as it was when %s', async (_, script, message) => {
    const { file } = await fileInUse();
    const before = dump(file);
    expect(() => applyToSqlite(file, migrations(INIT, script), 1000)).toThrow(message);
    expect(dump(file)).toBe(before);
  });

  it('refuse a migration that came in between and would lose a column which this file has already', async () => {
    const { file } = await fileInUse();
    const [init, anew, added] = migrations(INIT, ANEW, 'ALTER TABLE t ADD COLUMN city TEXT;') as [
      MigrationFile,
      MigrationFile,
      MigrationFile,
    ];
    applyToSqlite(file, [init, added], 1000);
    new Database(file).exec(`UPDATE t SET city = 'Köln'`).close();
    const before = dump(file);
    expect(() => applyToSqlite(file, [init, anew, added], 1000)).toThrow(/column t\.city/);
    expect(dump(file)).toBe(before);
  });

  it('leave a file alone that has tables and no history', async () => {
    const { folder } = await fileInUse();
    const file = path.join(folder, 'other.db');
    new Database(file).exec('CREATE TABLE theirs (id)').close();
    expect(() => applyToSqlite(file, migrations(INIT), 1000)).toThrow(/has tables \(theirs\) and no history/);
  });

  it('say that another process holds the file', async () => {
    const { file } = await fileInUse();
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    expect(() => applyToSqlite(file, migrations(INIT, ANEW), 50)).toThrow(/another process is at work on it/);
    other.close();
  });

  it.each(['delete', 'wal'])(
    'are as if they had not begun when the process is killed: journal %s',
    async (journal) => {
      const { file } = await fileInUse(journal);
      const before = dump(file);
      const slow = `${ANEW}\nCREATE TABLE filler (x); WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000000) INSERT INTO filler SELECT randomblob(1000) FROM n;`;
      const program = `
      import { applyToSqlite } from ${JSON.stringify(path.resolve(import.meta.dirname, '../../dist/migrations/sqlite/apply.js'))};
      applyToSqlite(process.argv[1], JSON.parse(process.argv[2]), 1000);`;
      const child = spawn(
        process.execPath,
        ['--input-type=module', '-e', program, file, JSON.stringify(migrations(INIT, slow))],
        { stdio: 'inherit' },
      );
      const grown = journal === 'wal' ? `${file}-wal` : `${file}-journal`;
      // The transaction is under way when it has written to the disk.
      const size = async () => (await stat(grown).catch(() => undefined))?.size ?? 0;
      while ((await size()) < 4096 && child.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 20));
      expect(child.exitCode).toBeNull();
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(dump(file)).toBe(before);
      expect(applyToSqlite(file, migrations(INIT, ANEW), 1000)).toEqual(['20260102000000_m1']);
    },
  );
});
