import { expect, it } from 'vitest';
import { checksOf, readTableSql } from '../src/index.ts';

it('finds the CHECKs of columns and tables, whatever stands around them', () => {
  const table = readTableSql(`CREATE TABLE "a" ( -- it's
    "check" TEXT DEFAULT ('CHECK (1)') NOT NULL ON CONFLICT FAIL CONSTRAINT named CHECK ("check" <> ',)'), b INT REFERENCES x (y) ON DELETE SET NULL CHECK (b > 0) COLLATE NOCASE,
    c DECIMAL(10, 2) DEFAULT NULL /* , CHECK (0) */, PRIMARY KEY (b, "check") CONSTRAINT two CHECK (c < b) CHECK (1), FOREIGN KEY (c) REFERENCES x (y) ON UPDATE CASCADE) STRICT`);
  expect(table?.columns.map(({ name }) => name)).toEqual(['check', 'b', 'c']);
  expect(checksOf(table).map(({ name, expression }) => [name, expression])).toEqual([
    ['named', `check <> ',)'`],
    [undefined, 'b > 0'],
    ['two', 'c < b'],
    [undefined, '1'],
  ]);
  expect(table?.constraints.map(({ kind }) => kind)).toEqual([
    'primary key',
    'check',
    'check',
    'foreign key',
  ]);
  expect(table?.columns[1]?.collation).toBe('nocase');
  expect(table?.options).toBe('STRICT');
});
it('takes a no-break space for a part of a name, as SQLite does', () => {
  const table = readTableSql('CREATE TABLE t(a INT, \u00a0a INT AS (1))');
  expect(table?.columns.flatMap(({ name, generated }) => (generated ? [name] : []))).toEqual(['\u00a0a']);
});

it('leaves no word behind a comment grown together with the word before it', () => {
  const table = readTableSql('CREATE TABLE t (a INT CHECK (a NOT/* so */NULL), b INT -- the last\n)');
  expect(checksOf(table)).toMatchObject([{ written: 'a NOT NULL', expression: 'a not null' }]);
  expect(table?.columns[1]?.sql).toBe('b INT');
});

it('knows AUTOINCREMENT from a text or a name that says so', () => {
  const countsUp = (sql: string) => readTableSql(sql)?.countsUp;
  expect(countsUp('CREATE TABLE t (id INTEGER CONSTRAINT k PRIMARY KEY ASC AUTOINCREMENT)')).toBe(true);
  expect(countsUp(`CREATE TABLE t (id INTEGER PRIMARY KEY, "autoincrement" DEFAULT 'autoincrement')`)).toBe(
    false,
  );
});

it('knows each foreign key in the order of the table, and when it is checked', () => {
  const table = readTableSql(`CREATE TABLE t (
    a INT CONSTRAINT one REFERENCES x (a) NOT NULL DEFERRABLE INITIALLY DEFERRED,
    b INT CONSTRAINT present NOT NULL REFERENCES x NOT DEFERRABLE INITIALLY DEFERRED REFERENCES y,
    c INT DEFAULT 'INITIALLY DEFERRED' REFERENCES x,
    CONSTRAINT four FOREIGN KEY (a, b) REFERENCES z ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
    FOREIGN KEY (c) REFERENCES z)`);
  expect(table?.foreignKeys).toEqual([
    { name: 'one', isDeferred: true },
    { name: undefined, isDeferred: false },
    { name: undefined, isDeferred: false },
    { name: undefined, isDeferred: false },
    { name: 'four', isDeferred: true },
    { name: undefined, isDeferred: false },
  ]);
});

it('finds a collation and the expression of a generated column behind their names', () => {
  const table = readTableSql(`CREATE TABLE t (
    a TEXT CONSTRAINT c COLLATE [No Case] UNIQUE, b TEXT GENERATED ALWAYS AS (upper(a) || ')') STORED)`);
  expect(table?.columns).toMatchObject([
    { name: 'a', collation: 'no case', generated: undefined },
    { name: 'b', collation: undefined, generated: `upper(a) || ')'` },
  ]);
});

it('reads no virtual table', () => {
  expect(readTableSql('CREATE VIRTUAL TABLE t USING fts5(a, b)')).toBeUndefined();
});
