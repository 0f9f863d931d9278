import {
  inspectSource,
  type TransferMapping,
  type TransferReport,
  transfer,
  verifyTransfer,
} from '@vatevo/transfer';
import { describe, expect, it } from 'vitest';
import { makePair, type Pair } from '../support.ts';

interface Case {
  readonly name: string;
  readonly sqlite: string;
  readonly postgres: string;
  readonly mapping?: TransferMapping;
  /** Rows by target table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly check?: (pair: Pair, report: TransferReport) => Promise<void>;
}

const long = 'n'.repeat(70);
const short = long.slice(0, 63);

const cases: readonly Case[] = [
  {
    name: 'composite, text and uuid keys, with and without rowid',
    sqlite: `
      CREATE TABLE c (a INTEGER, b TEXT, v, PRIMARY KEY (b, a)); INSERT INTO c VALUES (1, 'x', 1), (2, 'x', 2), (1, 'y', 3), (-1, '', 4);
      CREATE TABLE w (a INTEGER, b TEXT, v, PRIMARY KEY (b, a)) WITHOUT ROWID; INSERT INTO w SELECT * FROM c;
      CREATE TABLE k (k TEXT PRIMARY KEY, v TEXT); INSERT INTO k VALUES ('ä', 'b'), ('a', NULL), ('A', ''), (' ', 'z'), ('''"', 'q');
      CREATE TABLE u (id TEXT PRIMARY KEY, up TEXT) WITHOUT ROWID;
      INSERT INTO u VALUES ('018f4b1e-0000-7000-8000-0123456789ab', NULL), ('018f4b1e-0000-7000-8000-0123456789ac', '018f4b1e-0000-7000-8000-0123456789ab');
      CREATE TABLE bl (id BLOB PRIMARY KEY, v BLOB) WITHOUT ROWID; INSERT INTO bl VALUES (x'', zeroblob(70000)), (x'00', x'ff'), (x'0000', NULL);`,
    postgres: `
      CREATE TABLE c (a int, b text, v int, PRIMARY KEY (a, b)); CREATE TABLE w (a int, b text, v int, PRIMARY KEY (b, a));
      CREATE TABLE k (k text PRIMARY KEY, v text); CREATE TABLE u (id uuid PRIMARY KEY, up uuid REFERENCES u);
      CREATE TABLE bl (id bytea PRIMARY KEY, v bytea);`,
    rows: { c: 4, w: 4, k: 5, u: 2, bl: 3 },
  },
  {
    name: 'tables without any key, with the same row many times',
    sqlite: `CREATE TABLE n (v, w); INSERT INTO n VALUES (1, 'a'), (1, 'a'), (1, 'a'), (NULL, NULL), (NULL, NULL);
      CREATE TABLE hidden (rowid TEXT, oid TEXT, _rowid_ TEXT); INSERT INTO hidden VALUES ('a', 'b', 'c'), ('a', 'b', 'c'), (NULL, NULL, NULL);`,
    postgres: 'CREATE TABLE n (v int, w text); CREATE TABLE hidden (rowid text, oid text, _rowid_ text)',
    rows: { n: 5, hidden: 3 },
  },
  {
    name: 'rowids at both ends, negative, and far apart',
    sqlite: `CREATE TABLE r (id INTEGER PRIMARY KEY, v TEXT);
      INSERT INTO r VALUES (-9223372036854775808, 'first'), (-1, 'b'), (0, 'c'), (1, 'd'), (9223372036854775807, 'last');
      WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 45000) INSERT INTO r SELECT i, 'row' FROM n;`,
    postgres: 'CREATE TABLE r (id bigint PRIMARY KEY, v text)',
    rows: { r: 45_004 },
  },
  {
    name: 'foreign keys to itself and in a circle',
    sqlite: `CREATE TABLE node (id INTEGER PRIMARY KEY, up INTEGER); INSERT INTO node VALUES (1, 3), (2, 1), (3, 2), (4, 4), (5, NULL);
      CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER); CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER);
      INSERT INTO a VALUES (1, 1), (2, NULL); INSERT INTO b VALUES (1, 2), (2, 1);`,
    postgres: `CREATE TABLE node (id int PRIMARY KEY, up int REFERENCES node); CREATE TABLE a (id int PRIMARY KEY, b int);
      CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;`,
    rows: { node: 5, a: 2, b: 2 },
  },
  {
    name: 'columns that one side computes, or both',
    sqlite: `CREATE TABLE g (id INTEGER PRIMARY KEY, n INTEGER, twice INTEGER AS (n * 2) STORED, thrice INTEGER AS (n * 3), plus INTEGER AS (n + 1));
      INSERT INTO g (id, n) VALUES (1, 10), (2, NULL), (3, -5);`,
    postgres: `CREATE TABLE g (id int PRIMARY KEY, n int, twice int, thrice int, plus int GENERATED ALWAYS AS (n + 1) STORED)`,
    rows: { g: 3 },
    check: async (pair) => {
      expect(await pair.query('SELECT twice, thrice, plus FROM g ORDER BY id')).toEqual([
        { twice: 20, thrice: 30, plus: 11 },
        { twice: null, thrice: null, plus: null },
        { twice: -10, thrice: -15, plus: -4 },
      ]);
    },
  },
  {
    name: 'names of any kind',
    sqlite: `
      CREATE TABLE "select" ("order" INTEGER PRIMARY KEY, "group by" TEXT, "it's" TEXT, "say ""hi""" TEXT, "semi;colon--" TEXT, "ünï😀" TEXT, "%s $1 ?" TEXT);
      INSERT INTO "select" VALUES (1, 'a', 'b', 'c', 'd', 'e', 'f');
      CREATE TABLE "a b.c" (" " INTEGER PRIMARY KEY, "new
line" TEXT); INSERT INTO "a b.c" VALUES (1, 'x');
      CREATE TABLE "${long}" (id INTEGER PRIMARY KEY, "${long}" TEXT); INSERT INTO "${long}" VALUES (1, 'long');
      CREATE TABLE Lower (ID INTEGER PRIMARY KEY, Name TEXT); INSERT INTO Lower VALUES (1, 'case');`,
    postgres: `
      CREATE TABLE "select" ("order" serial PRIMARY KEY, "group by" text, "it's" text, "say ""hi""" text, "semi;colon--" text, "ünï😀" text, "%s $1 ?" text);
      CREATE TABLE "a b.c" (" " int PRIMARY KEY, "new
line" text); CREATE INDEX "an index; DROP" ON "a b.c" ("new
line");
      CREATE TABLE "${short}" (id int PRIMARY KEY, "${short}" text);
      CREATE TABLE lower (id int PRIMARY KEY, name text);`,
    mapping: { tables: { [short]: { source: long, columns: { [short]: { from: long } } } } },
    rows: { select: 1, 'a b.c': 1, [short]: 1, lower: 1 },
  },
  {
    name: 'columns that differ only by the case of letters beyond Z, as SQLite tells them apart',
    sqlite: `CREATE TABLE t (id INTEGER PRIMARY KEY, "Ä" TEXT, "ä" TEXT, "İ" INTEGER); INSERT INTO t VALUES (1, 'large', 'small', 3);
      CREATE TABLE "Ö" (v TEXT); CREATE TABLE "ö" (v TEXT); INSERT INTO "Ö" VALUES ('large'); INSERT INTO "ö" VALUES ('small'), ('s');`,
    postgres: `CREATE TABLE t (id int PRIMARY KEY, "Ä" text, "ä" text, "İ" int); CREATE TABLE "Ö" (v text); CREATE TABLE "ö" (v text)`,
    rows: { t: 1, Ö: 1, ö: 2 },
    check: async ({ query }) => {
      expect(await query('SELECT "Ä", "ä" FROM t')).toEqual([{ Ä: 'large', ä: 'small' }]);
    },
  },
  {
    name: 'names that differ only by case: an exact match takes what is its own',
    sqlite: `CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO item VALUES (1, 'x');`,
    postgres: `CREATE TABLE "Item" (id int PRIMARY KEY, name text); CREATE TABLE item (id int PRIMARY KEY, "Name" text, name text, "NAME" text);`,
    rows: { item: 1 },
    check: async (pair) => {
      expect(await pair.query('SELECT * FROM item')).toEqual([{ id: 1, Name: null, name: 'x', NAME: null }]);
      expect(await pair.query('SELECT * FROM "Item"')).toEqual([]);
    },
  },
  {
    name: 'empty tables, and what only one side has',
    sqlite: `CREATE TABLE e (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE only_here (x); CREATE TABLE o (id INTEGER PRIMARY KEY, gone TEXT);
      INSERT INTO o (id) VALUES (1); CREATE VIEW seen AS SELECT * FROM o; CREATE TRIGGER tr AFTER INSERT ON o BEGIN DELETE FROM e; END;`,
    postgres: `CREATE TABLE e (id serial PRIMARY KEY, v text); CREATE TABLE only_there (id int PRIMARY KEY); INSERT INTO only_there VALUES (1);
      CREATE TABLE o (id int PRIMARY KEY, extra text DEFAULT 'mine', stamp timestamptz)`,
    rows: { e: 0, o: 1 },
    check: async (pair) => {
      expect(await pair.query('SELECT id, extra FROM o')).toEqual([{ id: 1, extra: 'mine' }]);
      expect(await pair.query('SELECT * FROM only_there')).toEqual([{ id: 1 }]);
    },
  },
  {
    name: 'a key with columns of every type',
    sqlite: `CREATE TABLE m (i INTEGER, t TEXT, d TEXT, n TEXT, b INTEGER, u TEXT, f REAL, PRIMARY KEY (i, t, d, n, b, u, f)) WITHOUT ROWID;
      INSERT INTO m VALUES (1, 'a', '2024-01-01 00:00:00', '1.50', 1, '018f4b1e-0000-7000-8000-0123456789ab', 0.1), (1, 'a', '2024-01-01 00:00:00.000001', '1.5', 0, '018f4b1e-0000-7000-8000-0123456789ab', -0.1);`,
    postgres:
      'CREATE TABLE m (i int, t text, d timestamptz, n numeric, b boolean, u uuid, f float8, PRIMARY KEY (i, t, d, n, b, u, f))',
    rows: { m: 2 },
  },
  {
    name: 'STRICT tables, and columns that came and went',
    sqlite: `CREATE TABLE s (id INTEGER PRIMARY KEY, a TEXT, b ANY) STRICT; INSERT INTO s VALUES (1, 'x', 7);
      CREATE TABLE p (id INTEGER PRIMARY KEY, x TEXT, y TEXT); INSERT INTO p VALUES (1, 'a', 'b');
      ALTER TABLE p ADD COLUMN z TEXT DEFAULT 'later'; ALTER TABLE p DROP COLUMN x; INSERT INTO p VALUES (2, 'c', NULL);`,
    postgres:
      'CREATE TABLE s (id int PRIMARY KEY, a text, b int); CREATE TABLE p (id int PRIMARY KEY, y text, z text)',
    rows: { s: 1, p: 2 },
    check: async (pair) => {
      expect(await pair.query('SELECT y, z FROM p ORDER BY id')).toEqual([
        { y: 'b', z: 'later' },
        { y: 'c', z: null },
      ]);
    },
  },
];

it.each(cases)('carries $name', async ({ sqlite, postgres, mapping, rows, check }) => {
  const pair = await makePair(sqlite, postgres, mapping);
  try {
    const report = await transfer(pair.endpoints);
    expect(report.verification).toMatchObject({ equal: true, differences: [] });
    expect(
      Object.fromEntries(
        report.verification?.tables.map(({ target, targetRows }) => [target, targetRows]) ?? [],
      ),
    ).toEqual(rows);
    await check?.(pair, report);
  } finally {
    await pair.drop();
  }
});

describe('what has no place in the target', () => {
  it.each<[string, string, string, RegExp, readonly string[]]>([
    [
      'a table with rows',
      'CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE TABLE extra (x); INSERT INTO extra VALUES (1)',
      'CREATE TABLE t (id int PRIMARY KEY)',
      /table extra holds rows/,
      ['extra'],
    ],
    [
      'a column with data',
      'CREATE TABLE t (id INTEGER PRIMARY KEY, "a b" TEXT); INSERT INTO t VALUES (1, 0)',
      'CREATE TABLE t (id int PRIMARY KEY)',
      /t\.a b holds data/,
      ['t.a b'],
    ],
    [
      'a virtual table',
      'CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE VIRTUAL TABLE f USING fts5(x)',
      'CREATE TABLE t (id int PRIMARY KEY)',
      /f is a virtual table/,
      ['f'],
    ],
  ])('%s is refused until it is left behind by name', async (_, sqlite, postgres, sentence, names) => {
    const pair = await makePair(sqlite, postgres);
    try {
      await expect(inspectSource(pair.endpoints)).rejects.toMatchObject({ kind: 'source-refused' });
      await expect(transfer(pair.endpoints)).rejects.toMatchObject({
        message: expect.stringMatching(sentence),
        next: { step: 'decide', leaveBehind: names },
      });
      const waived = { ...pair.endpoints, mapping: { decisions: { leaveBehind: names } } };
      const report = await transfer(waived);
      expect(report.plan.leftBehind).toEqual(names);
      expect(report.verification?.equal).toBe(true);
      // What was decided is kept with the run: nobody has to say it again.
      expect((await transfer(pair.endpoints)).outcome).toBe('already-complete');
      expect((await verifyTransfer(pair.endpoints)).equal).toBe(true);
    } finally {
      await pair.drop();
    }
  });

  it('the bookkeeping of tools stays behind by itself, data of the same names does not', async () => {
    const pair = await makePair(
      `CREATE TABLE t (id INTEGER PRIMARY KEY);
       CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, PRIMARY KEY (version_num)); INSERT INTO alembic_version VALUES ('a1');
       CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER); INSERT INTO _litestream_seq VALUES (1, 9);
       CREATE TABLE _litestream_lock (id INTEGER);
       CREATE TABLE sequelizemeta (name VARCHAR(255) NOT NULL UNIQUE PRIMARY KEY); INSERT INTO sequelizemeta VALUES ('1.js');
       CREATE TABLE "knex_migrations_lock" ("index" INTEGER PRIMARY KEY, is_locked INTEGER);
       CREATE TABLE t__crsql_clock (key INTEGER, col_name TEXT, col_version INT, db_version INT, site_id INT, seq INT, PRIMARY KEY (key, col_name)) WITHOUT ROWID;
       ANALYZE`,
      'CREATE TABLE t (id int PRIMARY KEY)',
    );
    try {
      const tools = [
        { table: '_litestream_lock', tool: 'Litestream' },
        { table: '_litestream_seq', tool: 'Litestream' },
        { table: 'alembic_version', tool: 'Alembic' },
        { table: 'knex_migrations_lock', tool: 'Knex' },
        { table: 'sequelizemeta', tool: 'Sequelize' },
        { table: 't__crsql_clock', tool: 'cr-sqlite' },
      ];
      expect(await inspectSource(pair.endpoints)).toMatchObject({ leftBehind: [], bookkeeping: tools });
      expect((await transfer(pair.endpoints)).plan.bookkeeping).toEqual(tools);
    } finally {
      await pair.drop();
    }
    const birds = await makePair(
      `CREATE TABLE t (id INTEGER PRIMARY KEY);
       CREATE TABLE migrations (id INTEGER PRIMARY KEY, name TEXT, timestamp INTEGER, species TEXT); INSERT INTO migrations VALUES (1, 'south', 1, 'crane')`,
      'CREATE TABLE t (id int PRIMARY KEY)',
    );
    try {
      await expect(transfer(birds.endpoints)).rejects.toThrow(/migrations holds rows/);
    } finally {
      await birds.drop();
    }
  });

  it('tables that have the names of those of a live move, and not their columns, are data', async () => {
    const sqlite = `CREATE TABLE vatevo_cutover (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO vatevo_cutover VALUES (1, 'mine');
      CREATE TABLE vatevo_cutover_change (seq INTEGER PRIMARY KEY, tbl TEXT, kind TEXT); INSERT INTO vatevo_cutover_change VALUES (1, 't', 'k')`;
    const postgres = `CREATE TABLE vatevo_cutover (id int PRIMARY KEY, note text)`;
    const pair = await makePair(sqlite, postgres);
    try {
      await expect(transfer(pair.endpoints)).rejects.toThrow(/vatevo_cutover_change holds rows/);
      await pair.query('CREATE TABLE vatevo_cutover_change (seq int PRIMARY KEY, tbl text, kind text)');
      const { plan, verification } = await transfer(pair.endpoints);
      expect([plan.bookkeeping, verification?.equal]).toEqual([[], true]);
      expect(await pair.query('SELECT note, kind FROM vatevo_cutover, vatevo_cutover_change')).toEqual([
        { note: 'mine', kind: 'k' },
      ]);
    } finally {
      await pair.drop();
    }
  });

  it('bookkeeping that the target has a table for is moved, unless it is left behind by name', async () => {
    const sqlite = `CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE TABLE alembic_version (version_num TEXT PRIMARY KEY); INSERT INTO alembic_version VALUES ('a1')`;
    const postgres =
      'CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE alembic_version (version_num text PRIMARY KEY)';
    const moved = await makePair(sqlite, postgres);
    try {
      await transfer(moved.endpoints);
      expect(await moved.query('SELECT * FROM alembic_version')).toEqual([{ version_num: 'a1' }]);
    } finally {
      await moved.drop();
    }
    const left = await makePair(sqlite, `${postgres}; INSERT INTO alembic_version VALUES ('b2')`);
    try {
      const mapping = { decisions: { leaveBehind: ['alembic_version'] } };
      expect((await transfer({ ...left.endpoints, mapping })).plan.leftBehind).toEqual(['alembic_version']);
      expect(await left.query('SELECT * FROM alembic_version')).toEqual([{ version_num: 'b2' }]);
    } finally {
      await left.drop();
    }
  });

  it('a decision that decides nothing is refused', async () => {
    const pair = await makePair(
      'CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT, n INTEGER)',
      'CREATE TABLE t (id int PRIMARY KEY, at timestamptz, n int)',
    );
    try {
      for (const decisions of [
        { leaveBehind: ['t'] },
        { columns: { 't.n': { fraction: 'round' } } } as const,
        { leaveBehind: ['nothing'] },
        { numericTimes: { 't.n': 'epoch-seconds' } as const },
        { numericTimes: { 't.gone': 'julian-day' } as const },
      ]) {
        await expect(transfer({ ...pair.endpoints, mapping: { decisions } })).rejects.toMatchObject({
          kind: 'source-refused',
          message: expect.stringMatching(/was decided on, but there is nothing of the kind to decide/),
        });
      }
    } finally {
      await pair.drop();
    }
  });
});

it('reads numbers as the times that they are said to be, and refuses those that would be altered', async () => {
  const pair = await makePair(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, s, ms, jd, u);
     INSERT INTO t VALUES (1, unixepoch('2024-02-29 12:34:56'), 1709210096789, julianday('2024-02-29 12:34:56.789'), '2024-02-29 12:34:56'),
       (2, 1709210096.123456, 1709210096789.25, 2460000, NULL), (3, -1, -1, 0.5, NULL), (4, '2024-02-29 12:34:56', NULL, NULL, NULL);`,
    'CREATE TABLE t (id int PRIMARY KEY, s timestamptz, ms timestamptz, jd timestamptz, u timestamptz)',
    {
      decisions: {
        numericTimes: {
          't.s': 'epoch-seconds',
          't.ms': 'epoch-milliseconds',
          't.jd': 'julian-day',
          't.u': 'julian-day',
        },
      },
    },
  );
  try {
    pair.sqlite('UPDATE t SET jd = NULL WHERE id = 3');
    expect((await transfer(pair.endpoints)).verification?.equal).toBe(true);
    expect(await pair.query('SELECT s::text, ms::text, jd::text FROM t ORDER BY id')).toEqual([
      { s: '2024-02-29 12:34:56+00', ms: '2024-02-29 12:34:56.789+00', jd: '2024-02-29 12:34:56.789+00' },
      {
        s: '2024-02-29 12:34:56.123456+00',
        ms: '2024-02-29 12:34:56.78925+00',
        jd: '2023-02-24 12:00:00+00',
      },
      { s: '1969-12-31 23:59:59+00', ms: '1969-12-31 23:59:59.999+00', jd: null },
      { s: '2024-02-29 12:34:56+00', ms: null, jd: null },
    ]);
  } finally {
    await pair.drop();
  }
});

it('refuses times that no microsecond stands for', async () => {
  const pair = await makePair(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, s, z, jd);
     INSERT INTO t VALUES (1, 0.1234567, 1, 2460000.123456789), (2, 1e300, 1.5, 9e999), (3, 9223372036854775807, 2, 0), (4, x'00', 3, 1);`,
    'CREATE TABLE t (id int PRIMARY KEY, s timestamptz, z timestamp(0), jd timestamptz)',
    { decisions: { numericTimes: { 't.s': 'epoch-seconds', 't.z': 'epoch-seconds', 't.jd': 'julian-day' } } },
  );
  try {
    const { refusals } = await inspectSource(pair.endpoints);
    expect(refusals.map(({ key, column, reason }) => `${key} ${column}: ${reason}`)).toEqual([
      'id=1 jd: no exact instant as julian-day',
      'id=1 s: no exact instant as epoch-seconds',
      'id=2 jd: no exact instant as julian-day',
      'id=2 s: no exact instant as epoch-seconds',
      'id=2 z: finer than the 0 digits that the column keeps',
      'id=3 jd: outside the years 1 to 9999 as julian-day',
      'id=3 s: outside the years 1 to 9999 as epoch-seconds',
      'id=4 jd: outside the years 1 to 9999 as julian-day',
      'id=4 s: blob value in a timestamp with time zone column',
    ]);
  } finally {
    await pair.drop();
  }
});

describe('a type into which no values are carried', () => {
  it('is no matter where the source holds nothing', async () => {
    const pair = await makePair(
      'CREATE TABLE t (id INTEGER PRIMARY KEY, spot TEXT); INSERT INTO t VALUES (1, NULL), (2, NULL)',
      "CREATE TABLE t (id int PRIMARY KEY, spot circle DEFAULT '<(0,0),1>', around int4range)",
    );
    try {
      expect((await transfer(pair.endpoints)).verification?.equal).toBe(true);
      expect(await pair.query('SELECT count(*)::int AS n, count(spot)::int AS spots FROM t')).toEqual([
        { n: 2, spots: 0 },
      ]);
      await pair.query(`UPDATE t SET spot = '<(1,1),1>' WHERE id = 1`);
      expect((await verifyTransfer(pair.endpoints)).equal).toBe(false);
    } finally {
      await pair.drop();
    }
  });

  it('takes texts by the way that its refusal shows', async () => {
    const pair = await makePair(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, "the ""spot""" TEXT); INSERT INTO t VALUES (1, '<(1,2),3>'), (2, NULL)`,
      'CREATE TABLE t (id int PRIMARY KEY, "the ""spot""" circle)',
    );
    try {
      const error = await transfer(pair.endpoints).then(
        () => new Error('loaded'),
        (refusal: Error) => refusal,
      );
      expect(error).toMatchObject({
        kind: 'source-refused',
        next: { step: 'decide', leaveBehind: ['t.the "spot"'] },
      });
      const [first = '', second = ''] =
        /move: (ALTER .*), and when all is proven (ALTER .*)\./.exec(error.message)?.slice(1) ?? [];
      await pair.query(first);
      expect((await transfer(pair.endpoints)).verification?.equal).toBe(true);
      await pair.query(second);
      expect(await pair.query('SELECT radius("the ""spot""") AS r FROM t ORDER BY id')).toEqual([
        { r: 3 },
        { r: null },
      ]);
    } finally {
      await pair.drop();
    }
  });
});

/** Columns of a type, and a value for each. */
const WIDE = Array.from({ length: 1200 }, (_, i) => `c${i}`);
const wideColumns = (type: string) => WIDE.map((name) => `${name} ${type}`).join(', ');
const wideValues = (of: (i: number) => string) => WIDE.map((_, i) => of(i)).join(', ');

it('refuses rows that are wider than a page of the target, and sets them aside', async () => {
  const pair = await makePair(
    `CREATE TABLE wide (id INTEGER PRIMARY KEY, ${wideColumns('REAL')});
     INSERT INTO wide VALUES (1, ${wideValues(() => 'NULL')}), (2, ${wideValues((i) => (i > 0 ? `${i}.5` : 'NULL'))}), (3, ${wideValues((i) => (i > 0 && i < 900 ? `${i}.5` : 'NULL'))}), (4, ${wideValues((i) => (i > 0 ? 'NULL' : `'\uFFFD'`))});
     INSERT INTO wide SELECT id + 10, ${WIDE.join(', ')} FROM wide WHERE id = 2;`,
    `CREATE TABLE wide (id int PRIMARY KEY, ${wideColumns('float8').replace('float8', 'text')})`,
  );
  try {
    const { refusals } = await inspectSource(pair.endpoints);
    expect(refusals.map(({ key, reason }) => `${key} ${reason}`)).toEqual([
      'id=2 wider than a page of PostgreSQL, which takes 8,160 bytes of all its columns',
      'id=12 wider than a page of PostgreSQL, which takes 8,160 bytes of all its columns',
    ]);
    const report = await transfer({ ...pair.endpoints, quarantine: true });
    expect(report).toMatchObject({ quarantine: { rows: 2 }, verification: { equal: true } });
  } finally {
    await pair.drop();
  }
});

it('refuses a table without rowids that has such rows', async () => {
  const pair = await makePair(
    `CREATE TABLE keyed (k TEXT PRIMARY KEY, ${wideColumns('TEXT')}) WITHOUT ROWID;
     INSERT INTO keyed VALUES ('a', ${wideValues(() => "'x'")}), ('b', ${wideValues(() => "printf('%.24c', 'y')")})`,
    `CREATE TABLE keyed (k text PRIMARY KEY, ${wideColumns('text')})`,
  );
  try {
    await expect(inspectSource(pair.endpoints)).rejects.toThrow(
      'keyed has rows of 1201 columns that are wider than a page',
    );
    pair.sqlite(`DELETE FROM keyed WHERE k = 'b'`);
    expect((await transfer(pair.endpoints)).verification?.equal).toBe(true);
  } finally {
    await pair.drop();
  }
});
