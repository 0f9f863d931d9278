import type Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { abort, FENCE_MESSAGE, finish, start } from '../src/index.ts';
import { type Bench, dump, hasTraces, LONG, makeBench, rowsIn, rowsOf, tablesIn } from './support/bench.ts';
import { POSTGRES, SQLITE, TABLES, work } from './support/schemas.ts';

/** What a service would do with it: a statement that breaks a rule has failed, and that is that. */
function run(db: Database.Database, statements: readonly string[]): void {
  for (const statement of statements) {
    try {
      db.exec(statement);
    } catch (error) {
      if (!String((error as { code?: string }).code).startsWith('SQLITE_CONSTRAINT')) throw error;
    }
  }
}

async function expectEqual(bench: Bench, tables: readonly string[] = TABLES): Promise<void> {
  expect(await rowsIn(bench, tables)).toEqual(rowsOf(bench.writer, tables));
}

const SEEDS = Array.from({ length: LONG ? 300 : 1 }, (_, i) => 20_251_125 + i);

it.for(SEEDS)('follows generated statements between all steps (seed %i)', async (seed) => {
  const [[before, during, between] = [[], [], []]] = fc.sample(fc.tuple(work(60), work(400), work(100)), {
    numRuns: 1,
    seed,
  });
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    for (const unit of before) run(bench.writer, unit);
    const left = [...during];
    // Behind the fence a writer is refused, which no statement here survives.
    const write = () => {
      if (isFenced(bench)) return;
      for (const unit of left.splice(0, 4)) run(bench.writer, unit);
    };
    await start(bench.options(write));
    for (const unit of between) run(bench.writer, unit);
    await finish(bench.options(write));
    await expectEqual(bench);
    expect(await bench.states()).toBe('handed-over serving');
  } finally {
    await bench.drop();
  }
});

function isFenced({ writer }: Bench): boolean {
  const known = writer.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'vatevo_cutover'`).get();
  if (known === undefined) return false;
  const state = writer.prepare('SELECT state FROM vatevo_cutover').pluck().get();
  return state === 'fenced' || state === 'left';
}

const SWAPS = `BEGIN;
  UPDATE t SET v = 'seen early' WHERE id = 1;
  UPDATE t SET v = v || '!' WHERE id > 2;
  UPDATE t SET u = NULL WHERE id = 2;
  UPDATE t SET u = 'u2' WHERE id = 1;
  UPDATE t SET u = 'u1' WHERE id = 2;
  COMMIT`;

const CASES: readonly [name: string, sqlite: string, postgres: string, written: string][] = [
  [
    'a row that REPLACE removes because its key is the same in another case',
    `CREATE TABLE t (k TEXT NOT NULL COLLATE NOCASE PRIMARY KEY, v TEXT); INSERT INTO t VALUES ('a', 'old')`,
    'CREATE TABLE t (k text PRIMARY KEY, v text)',
    `INSERT OR REPLACE INTO t VALUES ('A', 'new')`,
  ],
  [
    'a key that only changes its case',
    `CREATE TABLE t (k TEXT NOT NULL COLLATE NOCASE PRIMARY KEY, v TEXT); INSERT INTO t VALUES ('a', 'old')`,
    'CREATE TABLE t (k text PRIMARY KEY, v text)',
    `UPDATE t SET k = 'A'`,
  ],
  [
    'a row that REPLACE removes through a rowid that is no column',
    `CREATE TABLE t (k TEXT NOT NULL PRIMARY KEY); INSERT INTO t (rowid, k) VALUES (1, 'a'), (2, 'b'), (3, 'c')`,
    'CREATE TABLE t (k text PRIMARY KEY)',
    `INSERT OR REPLACE INTO t (rowid, k) VALUES (1, 'x'); UPDATE OR REPLACE t SET rowid = 2 WHERE k = 'c'`,
  ],
  [
    'a row that REPLACE removes, and with it the row that was to take its key',
    `CREATE TABLE t (id INTEGER PRIMARY KEY, up INTEGER REFERENCES t (id) ON DELETE CASCADE); INSERT INTO t VALUES (2, NULL), (9, 2);
     CREATE TABLE k (k TEXT NOT NULL PRIMARY KEY, u TEXT UNIQUE, up TEXT REFERENCES k (k) ON DELETE CASCADE); INSERT INTO k VALUES ('a', 'x', NULL), ('b', 'y', 'a')`,
    'CREATE TABLE t (id bigint PRIMARY KEY, up bigint REFERENCES t (id)); CREATE TABLE k (k text PRIMARY KEY, u text UNIQUE, up text REFERENCES k (k))',
    `PRAGMA foreign_keys = ON; UPDATE OR REPLACE t SET id = 2, up = NULL WHERE id = 9; UPDATE OR REPLACE k SET u = 'x' WHERE k = 'b'`,
  ],
  [
    'rows of a partial unique index with a condition that names its table',
    `CREATE TABLE "new" (id INTEGER PRIMARY KEY, slot TEXT COLLATE NOCASE, "where" INT);
     CREATE UNIQUE INDEX "a WHERE (b" ON "new" (slot COLLATE RTRIM) /* where */ WHERE "new"."where" = 1 AND slot <> 'x where';
     INSERT INTO "new" VALUES (-1, 'a', 1), (2, 'b', 1), (3, 'a', 0);
     CREATE UNIQUE INDEX commented ON "new" (slot, id) WHERE id > 0 -- and nothing behind it`,
    `CREATE TABLE new (id bigint PRIMARY KEY, slot text, "where" bigint)`,
    `INSERT OR REPLACE INTO "new" (slot, "where") VALUES ('a  ', 1); UPDATE OR REPLACE "new" SET slot = 'b ' WHERE id = 3; UPDATE OR REPLACE "new" SET "where" = 1`,
  ],
  [
    'unique values that changed hands many lines apart in one transaction',
    `CREATE TABLE t (id INTEGER PRIMARY KEY, u TEXT UNIQUE, v TEXT);
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, 'u' || i, 'v' FROM n`,
    'CREATE TABLE t (id bigint PRIMARY KEY, u text UNIQUE, v text)',
    SWAPS,
  ],
  [
    'very many rows in one transaction',
    'CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)',
    'CREATE TABLE t (id bigint PRIMARY KEY, v text)',
    `BEGIN; WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${LONG ? 50_000 : 12_000}) INSERT INTO t SELECT i, 'v' || i FROM n; DELETE FROM t WHERE id % 3 = 0; COMMIT`,
  ],
  [
    'ids far apart, and ids that numbers cannot tell apart',
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE k (k TEXT NOT NULL PRIMARY KEY, v TEXT);
     WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
       INSERT INTO t SELECT (i - 50) * 92233720368547758, 'v' || i FROM n;
     WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 5999)
       INSERT INTO t SELECT 1160000000000000001 + i, 'v' || i FROM n;
     INSERT INTO k (rowid, k, v) SELECT id, 'k' || id, v FROM t`,
    'CREATE TABLE t (id bigint PRIMARY KEY, v text); CREATE TABLE k (k text PRIMARY KEY, v text)',
    `UPDATE t SET v = v || '!' WHERE id % 1000 = 1; UPDATE k SET v = v || '!' WHERE rowid % 1000 = 1; DELETE FROM t WHERE id < 0`,
  ],
  [
    'what triggers and cascades of its own write',
    `PRAGMA foreign_keys = ON;
     CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE c (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t (id) ON DELETE SET NULL ON UPDATE CASCADE);
     CREATE TABLE tree (id INTEGER PRIMARY KEY, up INTEGER REFERENCES tree (id) ON DELETE CASCADE);
     CREATE TRIGGER more AFTER INSERT ON t WHEN NEW.id < 100 BEGIN INSERT INTO t VALUES (NEW.id + 100, 'more'); DELETE FROM t WHERE id = NEW.id - 1; END;
     INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO c VALUES (1, 3), (2, 3), (3, 102); INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 2), (4, 3), (5, NULL)`,
    'CREATE TABLE t (id bigint PRIMARY KEY, v text); CREATE TABLE c (id bigint PRIMARY KEY, t bigint REFERENCES t (id)); CREATE TABLE tree (id bigint PRIMARY KEY, up bigint REFERENCES tree (id))',
    `UPDATE t SET id = 50 WHERE id = 102; INSERT INTO t VALUES (4, 'd'); DELETE FROM tree WHERE id = 1`,
  ],
];

const LONG_CASES: typeof CASES = [
  [
    'rows at both ends of what a rowid can be',
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (-9223372036854775808, 'low'), (9223372036854775807, 'high');
     CREATE TABLE k (k TEXT NOT NULL PRIMARY KEY); INSERT INTO k (rowid, k) VALUES (-9223372036854775808, 'low'), (9223372036854775807, 'high')`,
    'CREATE TABLE t (id bigint PRIMARY KEY, v text); CREATE TABLE k (k text PRIMARY KEY)',
    `UPDATE t SET v = v || '!'; UPDATE k SET k = k || '!'; DELETE FROM t WHERE id > 0`,
  ],
];

it.for([...CASES, ...(LONG ? LONG_CASES : [])])('follows %s', async ([, sqlite, postgres, written]) => {
  const bench = await makeBench(sqlite, postgres);
  const tables = await tablesIn(bench);
  try {
    await start(bench.options());
    bench.writer.exec(written);
    await finish(bench.options());
    await expectEqual(bench, tables);
  } finally {
    await bench.drop();
  }
});

const REFUSED: readonly [name: string, sqlite: string, postgres: string, message: RegExp][] = [
  [
    'a table without a primary key',
    'CREATE TABLE t (a TEXT); INSERT INTO t VALUES (1)',
    'CREATE TABLE t (a text PRIMARY KEY)',
    /changed rows of t cannot be told apart by a primary key/,
  ],
  [
    'a table whose own columns take every name of the rowid',
    'CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY, rowid, oid, _rowid_)',
    'CREATE TABLE t (a text PRIMARY KEY, rowid text, oid text, _rowid_ text)',
    /changed rows of t cannot be told apart/,
  ],
  [
    'a unique index on an expression',
    'CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE UNIQUE INDEX i ON t (lower(a))',
    'CREATE TABLE t (id bigint PRIMARY KEY, a text)',
    /Table t has a unique index on an expression \(i\)/,
  ],
];

it.for(REFUSED)('refuses %s, and leaves no trace', async ([, sqlite, postgres, message]) => {
  const bench = await makeBench(sqlite, postgres);
  try {
    const before = dump(bench.writer);
    await expect(start(bench.options())).rejects.toMatchObject({ kind: 'source-refused', message });
    await abort(bench.options());
    expect(await bench.states()).toBe('released none');
    expect(dump(bench.writer)).toEqual(before);
    expect(hasTraces(bench.file)).toBe(false);
  } finally {
    await bench.drop();
  }
});

it('does not show in what a writer is told of its own statements', async () => {
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    await start(bench.options());
    const { writer } = bench;
    const told = (sql: string) => {
      const { changes, lastInsertRowid } = writer.prepare(sql).run();
      const functions = writer.prepare('SELECT changes() AS c, last_insert_rowid() AS r').get();
      return { changes, lastInsertRowid, functions };
    };
    expect(told(`INSERT INTO plain (id, v, u) VALUES (41, 'a', 'a'), (42, 'b', 'b')`)).toEqual({
      changes: 2,
      lastInsertRowid: 42,
      functions: { c: 2, r: 42 },
    });
    expect(told(`INSERT OR REPLACE INTO plain (id, u) VALUES (7, 'a')`)).toMatchObject({
      changes: 1,
      lastInsertRowid: 7,
    });
    expect(told(`UPDATE plain SET v = 'x'`)).toEqual({
      changes: 2,
      lastInsertRowid: 7,
      functions: { c: 2, r: 7 },
    });
    expect(told('DELETE FROM plain')).toEqual({ changes: 2, lastInsertRowid: 7, functions: { c: 2, r: 7 } });
    await finish(bench.options());
  } finally {
    await bench.drop();
  }
});

it('refuses every kind of write behind the fence, and writes nothing of it', async () => {
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    bench.writer.exec(
      `INSERT INTO plain (id, v, u) VALUES (1, 'a', 'a'), (2, 'b', 'b'); INSERT INTO tree VALUES (1, NULL, 2)`,
    );
    await start(bench.options());
    await finish(bench.options());
    const before = rowsOf(bench.writer, TABLES);
    for (const write of [
      `INSERT INTO plain (v) VALUES ('x')`,
      `INSERT OR IGNORE INTO plain (id, v) VALUES (1, 'x')`,
      `INSERT OR REPLACE INTO plain (id, v, u) VALUES (3, 'x', 'a')`,
      `INSERT OR FAIL INTO plain (id) VALUES (8), (1)`,
      `INSERT INTO plain (id, v, u) VALUES (1, 'x', 'b') ON CONFLICT DO NOTHING`,
      `INSERT INTO plain (id, v, u) VALUES (1, 'x', 'b') ON CONFLICT (id) DO UPDATE SET v = excluded.v`,
      `UPDATE plain SET v = 'x'`,
      `UPDATE OR IGNORE plain SET id = 2 WHERE id = 1`,
      `UPDATE OR REPLACE plain SET id = 2 WHERE id = 1`,
      'DELETE FROM plain',
      'DELETE FROM plain WHERE id = 2',
    ]) {
      expect(() => bench.writer.exec(write), write).toThrow(FENCE_MESSAGE);
      expect(bench.writer.inTransaction).toBe(false);
      expect(rowsOf(bench.writer, TABLES), write).toEqual(before);
    }
    await expectEqual(bench);
  } finally {
    await bench.drop();
  }
});
