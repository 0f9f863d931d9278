import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { checksOf, normalize, readTableSql } from '../src/index.ts';

const SQLITE_CONSTRAINT_CHECK = 275;

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

it.each([
  'CREATE TABLE t (always CHECK (always > 0), b AS (always))',
  'CREATE TABLE t (a INT CONSTRAINT always CHECK (a > 0), b always CHECK (b > 1) AS (a))',
  'CREATE TABLE t (a TEXT DEFAULT always CHECK (a > 0), b INT always AS (1) CHECK (b > 1))',
  'CREATE TABLE t (always GENERATED ALWAYS AS (b) STORED CHECK (always > 0), b generated CHECK (b > 1))',
  'CREATE TABLE t (generated always AS (1), b INT GENERATED ALWAYS CHECK (b > 1), c generated AS (b))',
  'CREATE TABLE t (a INT REFERENCES generated (b) CHECK (a > 0), b generated always as (a) CHECK (b > 1))',
  'CREATE TABLE t (a REFERENCES t ON DELETE SET DEFAULT CHECK (a > 0), b DEFAULT NULL CHECK (b > 1))',
  'CREATE TABLE t ( \va \vINT CHECK (a > 0),\n\v\u00a0b TEXT CHECK (\u00a0b > 1 AND 1 <> \u00a0b))',
])('finds the columns and the CHECKs that SQLite finds in %j', (sql) => {
  const table = readTableSql(sql);
  const db = new Database(':memory:');
  try {
    db.pragma('foreign_keys = OFF');
    db.exec(sql);
    const columns = db.prepare(`SELECT name, hidden > 1 AS computed FROM pragma_table_xinfo('t')`).all();
    expect(
      table?.columns.map(({ name, generated }) => ({ name, computed: generated === undefined ? 0 : 1 })),
    ).toEqual(columns);
    // An INSERT halts by name, or by the very text, where a CHECK is broken.
    const halts = db.prepare('EXPLAIN INSERT INTO t DEFAULT VALUES').all() as { p1: number; p4: string }[];
    const broken = halts.filter(({ p1 }) => p1 === SQLITE_CONSTRAINT_CHECK).map(({ p4 }) => normalize(p4));
    expect(checksOf(table).map(({ name, expression }) => name ?? expression)).toEqual(broken);
  } finally {
    db.close();
  }
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
  expect(countsUp('CREATE TABLE t (id INTEGER, CONSTRAINT k PRIMARY KEY (id AUTOINCREMENT))')).toBe(true);
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

it('holds to what SQLite was told last of when a foreign key is checked, wherever that stands', () => {
  const deferred = (columns: string) => {
    const table = `CREATE TABLE t (${columns})`;
    const db = new Database(':memory:');
    try {
      db.exec(`CREATE TABLE x (a PRIMARY KEY); ${table}; PRAGMA foreign_keys = ON; BEGIN`);
      const insert = () => db.exec('INSERT INTO t (a) VALUES (1)');
      const isDeferred = readTableSql(table)?.foreignKeys[0]?.isDeferred;
      if (isDeferred) expect(insert).not.toThrow();
      else expect(insert).toThrow('FOREIGN KEY constraint failed');
      return isDeferred;
    } finally {
      db.close();
    }
  };
  const [key, later] = ['a REFERENCES x', 'DEFERRABLE INITIALLY DEFERRED'];
  expect(deferred(`${key} NOT DEFERRABLE ${later}`)).toBe(true);
  expect(deferred(`${key} ${later} DEFERRABLE INITIALLY IMMEDIATE`)).toBe(false);
  expect(deferred(`${key} ${later} CHECK (a > 0) NOT DEFERRABLE`)).toBe(false);
  expect(deferred(`${key}, b INT ${later}`)).toBe(true);
  expect(deferred(`a ${later} REFERENCES x`)).toBe(false);
});

it('finds a collation and the expression of a generated column behind their names', () => {
  const table = readTableSql(`CREATE TABLE t (
    a TEXT CONSTRAINT c COLLATE BINARY COLLATE [No Case] UNIQUE, b TEXT GENERATED ALWAYS AS (upper(a) || ')') STORED)`);
  expect(table?.columns).toMatchObject([
    { name: 'a', collation: 'no case', generated: undefined },
    { name: 'b', collation: undefined, generated: `upper(a) || ')'` },
  ]);
});

it('reads no virtual table', () => {
  expect(readTableSql('CREATE VIRTUAL TABLE t USING fts5(a, b)')).toBeUndefined();
});
