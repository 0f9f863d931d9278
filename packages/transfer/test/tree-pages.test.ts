import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, expect, it } from 'vitest';
import { PageFile } from '../src/source/sqlite/pages/page-file.ts';
import { countTreePages } from '../src/source/sqlite/pages/tree-pages.ts';
import { columnsWithMore } from '../src/source/sqlite/size.ts';

const folder = mkdtempSync(join(tmpdir(), 'vatevo-tree-pages-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function makeFile(name: string, rows: number): Database.Database {
  const db = new Database(join(folder, name));
  db.exec(`
    PRAGMA page_size = 512;
    CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT);
    CREATE INDEX bodies ON note (body);
    CREATE TABLE pair (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
    CREATE TABLE unused (id INTEGER PRIMARY KEY)`);
  db.exec(
    `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT ${rows})
     INSERT INTO note SELECT n, hex(zeroblob(n % 400)) FROM n;
     INSERT INTO pair SELECT id, body FROM note`,
  );
  return db;
}

it('counts the pages of all trees as SQLite does, with tables and indexes of several levels', () => {
  const db = makeFile('levels.db', 5_000);
  const [inTrees, depth] = db
    .prepare(
      `SELECT sum(pagetype <> 'overflow'), max(length(path)) FROM dbstat WHERE name <> 'sqlite_schema'`,
    )
    .raw()
    .get() as [number, number];
  expect(depth).toBeGreaterThan('/000/000/000/'.length);
  const roots = db.prepare('SELECT rootpage FROM sqlite_schema').pluck().all() as number[];
  const pages = PageFile.open(db.name, 'single') as PageFile;
  expect(countTreePages(pages, roots, inTrees)).toBe(inTrees);
  expect(() => countTreePages(pages, roots, inTrees / 10)).toThrow(/more pages than there are/);
  db.close();
});

it('finds a value that is larger than some bytes, whatever the pages tell', () => {
  const db = makeFile('one.db', 100);
  db.exec('BEGIN; SELECT count(*) FROM note');
  const bytes = 100_000;
  const found = (most: number) => columnsWithMore(db, [['note', ['id', 'body']]], most);
  expect(found(bytes)).toEqual([]);
  expect(found(150)).toEqual([{ table: 'note', column: 'body', bytes: 200 }]);
  db.exec(
    `ROLLBACK; INSERT INTO note (body) VALUES (hex(zeroblob(${bytes / 2}))); BEGIN; SELECT 1 FROM note`,
  );
  expect(found(bytes)).toEqual([]);
  expect(found(bytes - 1)).toEqual([{ table: 'note', column: 'body', bytes }]);
  db.close();
});
