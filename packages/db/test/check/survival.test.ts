import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { describeFault } from '../../src/check/fault.ts';
import { checkSurvival } from '../../src/check/sqlite/check-survival.ts';
import { fillDatabase } from '../../src/check/sqlite/fill.ts';
import { statementsOf } from '../../src/migrations/sqlite/statements.ts';

const COLUMNS = `id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, code TEXT COLLATE NOCASE, amount DECIMAL_TEXT, other INTEGER REFERENCES o (id)`;
const CHECKS = `CONSTRAINT t_kind_check CHECK (kind IN ('a', 'b', 'c')), CHECK (length(code) = 3)`;

const INIT = `CREATE TABLE o (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE TABLE t (${COLUMNS}, ${CHECKS});
CREATE INDEX t_code ON t (upper(code)) WHERE kind = 'a';
CREATE TABLE log (id INTEGER PRIMARY KEY, note TEXT);
CREATE TRIGGER t_log AFTER INSERT ON t BEGIN INSERT INTO log (note) VALUES (NEW.kind); END;`;

/** Makes `t` anew: out of what, from which rows, and with what behind it. */
function anew({
  columns = COLUMNS,
  checks = CHECKS,
  select = 'SELECT id, kind, code, amount, other FROM t',
  into = 'id, kind, code, amount, other',
  index = `CREATE INDEX t_code ON t (upper(code)) WHERE kind = 'a';`,
  trigger = `CREATE TRIGGER t_log AFTER INSERT ON t BEGIN INSERT INTO log (note) VALUES (NEW.kind); END;`,
  mark = `DELETE FROM sqlite_sequence WHERE name = 'n'; INSERT INTO sqlite_sequence SELECT 'n', seq FROM sqlite_sequence WHERE name = 't';`,
  above = '',
} = {}): string {
  return `PRAGMA foreign_keys=OFF;
CREATE TABLE n (${columns}${checks ? `, ${checks}` : ''});
INSERT INTO n (${into}) ${select};
${mark}
${above}
DROP TABLE t;
ALTER TABLE n RENAME TO t;
${index}
${trigger}`;
}

function faultsOf(...scripts: string[]): string[] {
  const migrations = [INIT, ...scripts].map((script, at) => ({
    name: `2026010${at + 1}000000_m${at}`,
    script,
    checksum: '',
  }));
  return checkSurvival(migrations).map(describeFault);
}

describe('what a SQLite migration must not lose unsaid', () => {
  it('is all there behind one that makes a table anew with care', () => {
    expect(faultsOf(anew())).toEqual([]);
    expect(faultsOf(anew({ columns: `${COLUMNS}, more TEXT NOT NULL DEFAULT (lower('X'))` }))).toEqual([]);
  });

  it.each<[string, string | string[], RegExp]>([
    [
      'a column',
      anew({
        columns: COLUMNS.replace(', amount DECIMAL_TEXT', ''),
        into: 'id, kind, code, other',
        select: 'SELECT id, kind, code, other FROM t',
      }),
      /loses column t\.amount/,
    ],
    [
      'another branch’s column',
      ['ALTER TABLE t ADD COLUMN city TEXT', anew()],
      /m2\/migration\.sql: loses column t\.city.*upon 20260102000000_m1/s,
    ],
    [
      'a column’s values',
      anew({ into: 'id, kind, code, other', select: 'SELECT id, kind, code, other FROM t' }),
      /loses values of t\.amount/,
    ],
    [
      'values of two columns',
      anew({ into: 'id, kind, amount, code, other' }),
      /loses values of t\.|fails on rows/,
    ],
    ['digits', anew({ columns: COLUMNS.replace('DECIMAL_TEXT', 'DECIMAL') }), /loses values of t\.amount/],
    [
      'rows of one value',
      anew({ select: `SELECT id, kind, code, amount, other FROM t WHERE kind <> 'c'` }),
      /of \d+ rows of t/,
    ],
    [
      'rows with NULL',
      anew({ select: 'SELECT t.id, kind, code, amount, other FROM t JOIN o ON o.id = t.other' }),
      /rows of t/,
    ],
    [
      'rows that are alike',
      anew({ select: 'SELECT min(id), kind, code, amount, other FROM t GROUP BY kind, code, amount, other' }),
      /rows of t/,
    ],
    [
      'rows that are ignored',
      anew({ columns: COLUMNS.replace('code TEXT', 'code TEXT UNIQUE') }).replace(
        'INSERT INTO n (id',
        'INSERT OR IGNORE INTO n (id',
      ),
      /rows of t/,
    ],
    [
      'a CHECK',
      anew({ checks: `CONSTRAINT t_kind_check CHECK (kind IN ('a', 'b', 'c'))` }),
      /loses CHECK of t \(length \( code \) = 3\)/,
    ],
    ['a CHECK of an enum', anew({ checks: 'CHECK (length(code) = 3)' }), /loses CHECK t\.t_kind_check/],
    ['an index', anew({ index: '' }), /loses index t_code/],
    [
      'the condition of an index',
      anew({ index: 'CREATE INDEX t_code ON t (upper(code));' }),
      /loses index t_code as it was/,
    ],
    ['a trigger', anew({ trigger: '' }), /loses trigger t_log/],
    [
      'a collation',
      anew({ columns: COLUMNS.replace(' COLLATE NOCASE', '') }),
      /loses COLLATE nocase of t\.code/,
    ],
    ['the highest id', anew({ mark: '' }), /high-water mark of t/],
    [
      'AUTOINCREMENT',
      anew({ columns: COLUMNS.replace(' AUTOINCREMENT', ''), mark: '' }),
      /AUTOINCREMENT of t/,
    ],
    ['a table', 'CREATE TABLE n AS SELECT * FROM t; DROP TABLE t;', /loses table t/],
    ['a parent', 'DELETE FROM o;', /leaves rows of t that refer to rows of o which are not there/],
    ['the transaction', 'COMMIT; BEGIN;', /COMMIT in a migration/],
  ])('is %s', (_, script, message) => {
    expect(faultsOf(...[script].flat()).join('\n')).toMatch(message);
  });

  it.each<[string, string]>([
    ['a column that is dropped', 'ALTER TABLE t DROP COLUMN amount;'],
    ['an index that is dropped', 'DROP INDEX t_code;'],
    ['a table that is dropped', 'DROP TABLE t;'],
    [
      'rows that are deleted',
      `DELETE FROM t WHERE kind = 'c'; ${anew({ checks: CHECKS.replace(", 'c'", '') })}`,
    ],
    [
      'rows that are moved to another value',
      `UPDATE t SET kind = 'a' WHERE kind = 'c'; ${anew({ checks: CHECKS.replace(", 'c'", '') })}`,
    ],
    ['rows that are changed behind it', `${anew()} UPDATE t SET amount = '1.00';`],
    ['a longer list', anew({ checks: CHECKS.replace("'c'", "'c', 'd'") })],
    ['another name', 'ALTER TABLE t RENAME COLUMN amount TO total; ALTER TABLE o RENAME TO owners;'],
    [
      'a CHECK, with a reason',
      anew({
        checks: `CONSTRAINT t_kind_check CHECK (kind IN ('a', 'b', 'c'))`,
        above: '-- lint: allow drop-check because codes have any length from now on',
      }),
    ],
    [
      'integers that become text',
      anew({ columns: COLUMNS.replace('other INTEGER REFERENCES o (id)', 'other TEXT') }),
    ],
  ])('is not %s', (_, script) => {
    expect(faultsOf(script)).toEqual([]);
  });

  it.each<[string, string, RegExp]>([
    [
      'a required column without a default',
      'ALTER TABLE t ADD COLUMN city TEXT NOT NULL;',
      /:1: fails on rows that the schema before it allows: Cannot add a NOT NULL column/,
    ],
    [
      'a default that is computed',
      'ALTER TABLE t ADD COLUMN at TEXT DEFAULT CURRENT_TIMESTAMP;',
      /fails on rows.*non-constant default/,
    ],
    [
      'a unique default',
      `ALTER TABLE t ADD COLUMN u TEXT DEFAULT 'x'; CREATE UNIQUE INDEX t_u ON t (u);`,
      /fails on rows.*UNIQUE/,
    ],
    [
      'a shorter list',
      anew({ checks: CHECKS.replace(", 'c'", '') }),
      /fails on rows.*CHECK constraint failed: t_kind_check/,
    ],
    [
      'a column that may not be NULL any more',
      anew({ columns: COLUMNS.replace('COLLATE NOCASE', 'COLLATE NOCASE NOT NULL') }),
      /fails on rows.*NOT NULL constraint failed: n\.code/,
    ],
  ])('are rows on which it fails: %s', (_, script, message) => {
    expect(faultsOf(script).join('\n')).toMatch(message);
  });

  it('takes no allowance that nothing needs, or that says nothing', () => {
    expect(
      faultsOf(anew({ above: '-- lint: allow drop-check because it is good so for everybody' })),
    ).toEqual([expect.stringContaining('an allowance for drop-check that nothing needs')]);
    expect(
      faultsOf(anew({ above: '-- lint: allow drop-everything because I say so here' })).join(),
    ).toContain('is no rule');
  });
});

describe('filling a database', () => {
  it('brings in every value of a list, NULL, and rows for CHECKs over several columns', () => {
    const database = new Database(':memory:');
    database.exec(`CREATE TABLE p (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
      CREATE TABLE c (id INTEGER PRIMARY KEY, a TEXT, b TEXT, mood TEXT CHECK (mood IN ('face', 'it''s', '')) UNIQUE,
        low INT NOT NULL, high INT NOT NULL,
        hash TEXT NOT NULL CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*'), twice INT AS (low * 2),
        CHECK (low < high AND low > 41), FOREIGN KEY (a, b) REFERENCES p) STRICT;`);
    fillDatabase(database);
    expect(database.prepare('SELECT DISTINCT mood FROM c ORDER BY mood').pluck().all()).toEqual([
      null,
      '',
      'face',
      "it's",
    ]);
    expect(database.prepare('SELECT count(*) FROM c WHERE a IS NULL').pluck().get()).toBeGreaterThan(0);
    expect(database.prepare('SELECT count(*) FROM c JOIN p USING (a, b)').pluck().get()).toBeGreaterThan(0);
    expect(database.pragma('foreign_key_check')).toEqual([]);
    expect(database.pragma('ignore_check_constraints')).toEqual([{ ignore_check_constraints: 0 }]);
    database.close();
  });

  it('fills even a table whose CHECK lets no row in that is thought of', () => {
    const database = new Database(':memory:');
    database.exec(
      `CREATE TABLE odd (id INTEGER PRIMARY KEY, x TEXT NOT NULL CHECK (x LIKE 'q%z' AND length(x) > 90))`,
    );
    fillDatabase(database);
    expect(database.prepare('SELECT count(*) FROM odd').pluck().get()).toBeGreaterThan(0);
    database.close();
  });
});

describe('reading SQL of SQLite', () => {
  it('cuts a script at the ends of statements, not inside triggers, strings and comments', () => {
    const script = `-- a; b
CREATE TRIGGER t AFTER INSERT ON x BEGIN SELECT CASE WHEN 1 THEN 'a;b' END; UPDATE x SET y = ';'; END;
/* ; */ SELECT "a;b", [c;d];
SELECT 1`;
    expect(statementsOf(script).map(({ line, tokens }) => [line, tokens[0]?.text])).toEqual([
      [2, 'CREATE'],
      [3, 'SELECT'],
      [4, 'SELECT'],
    ]);
  });
});
