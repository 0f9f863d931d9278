import { inspectSource, TransferError, transfer, verifyTransfer } from '@vatevo/transfer';
import { afterEach, describe, expect, it } from 'vitest';
import { makePair, type Pair } from './support.ts';

const LONG = process.env.VATEVO_TEST_LONG === '1';

let pair: Pair | undefined;
afterEach(async () => {
  await pair?.drop();
  pair = undefined;
});

const SQLITE = `
  CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, code TEXT UNIQUE, secret TEXT);
  CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent(id), amount TEXT, at DATETIME,
    doc JSON, active BOOLEAN, raw BLOB, ratio REAL);
  INSERT INTO parent (id, name, code, secret) VALUES (1, 'Müller', 'a', 'hush'), (5, 'O''Brien', 'b', NULL);
  INSERT INTO parent (id, name) VALUES (40, 'gone'); DELETE FROM parent WHERE id = 40;
  INSERT INTO child VALUES
    (1, 1, '100.00', '2025-01-15 00:00:00.000000', '{"n":9007199254740993,"f":1.0}', 1, x'00ff', 0.1),
    (2, 5, NULL, '2026-11-24 02:34:12', 'null', NULL, NULL, NULL),
    (-7, 5, '-3.10', NULL, NULL, 0, x'', -1e300);`;
const POSTGRES = `
  CREATE TABLE parent (id serial PRIMARY KEY, name text NOT NULL, code text UNIQUE, secret text);
  CREATE TABLE child (id serial PRIMARY KEY, parent_id int NOT NULL REFERENCES parent(id), amount numeric, at timestamptz,
    doc jsonb, active boolean NOT NULL DEFAULT true, raw bytea, ratio float8);
  CREATE INDEX child_parent ON child (parent_id);`;
const MAPPING = {
  tables: {
    parent: { columns: { secret: { secret: true } } },
    child: { columns: { active: { whenNull: { kind: 'constant', value: 1 } } } },
  },
} as const;

const CATALOG = `
  SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index JOIN pg_class c ON c.oid = indrelid
    WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  ORDER BY 1`;

describe('transfer', () => {
  it('moves every value, restores the catalog and advances sequences', async () => {
    pair = await makePair(SQLITE, POSTGRES, MAPPING);
    const before = await pair.query(CATALOG);
    const report = await transfer(pair.endpoints);
    expect(report.outcome).toBe('transferred');
    expect(report.verification?.equal).toBe(true);
    expect(report.verification?.tables.map((table) => [table.target, table.targetRows])).toEqual([
      ['child', 3],
      ['parent', 2],
    ]);
    expect(await pair.query(CATALOG)).toEqual(before);
    expect(
      await pair.query(
        'SELECT id, parent_id, amount::text, at::text, doc::text, active, raw, ratio FROM child ORDER BY id',
      ),
    ).toEqual([
      {
        id: -7,
        parent_id: 5,
        amount: '-3.10',
        at: null,
        doc: null,
        active: false,
        raw: Buffer.alloc(0),
        ratio: -1e300,
      },
      {
        id: 1,
        parent_id: 1,
        amount: '100.00',
        at: '2025-01-15 00:00:00+00',
        doc: '{"f": 1.0, "n": 9007199254740993}',
        active: true,
        raw: Buffer.from([0, 255]),
        ratio: 0.1,
      },
      {
        id: 2,
        parent_id: 5,
        amount: null,
        at: '2026-11-24 02:34:12+00',
        doc: 'null',
        active: true,
        raw: null,
        ratio: null,
      },
    ]);
    // AUTOINCREMENT never gives an id out twice, not even that of a row which is gone.
    expect(
      await pair.query(
        `SELECT nextval('parent_id_seq')::int AS parent, nextval('child_id_seq')::int AS child`,
      ),
    ).toEqual([{ parent: 41, child: 3 }]);
    expect(report.alterations).toEqual([
      { table: 'child', key: 'id=2', column: 'active', before: 'NULL', after: '1' },
    ]);
  });

  it('finds nothing to do the second time, and refuses another state of the source', async () => {
    pair = await makePair(SQLITE, POSTGRES, MAPPING);
    await transfer(pair.endpoints);
    expect((await transfer(pair.endpoints)).outcome).toBe('already-complete');
    pair.sqlite(`UPDATE parent SET name = 'changed'`);
    await expect(transfer(pair.endpoints)).rejects.toMatchObject({ kind: 'target-not-empty' });
  });

  it('refuses a target that holds rows of others', async () => {
    pair = await makePair(SQLITE, POSTGRES, MAPPING);
    await pair.query(`INSERT INTO parent (name) VALUES ('theirs')`);
    await expect(transfer(pair.endpoints)).rejects.toMatchObject({ kind: 'target-not-empty' });
    expect(await pair.query('SELECT name FROM parent')).toEqual([{ name: 'theirs' }]);
  });

  it('refuses values that the target cannot hold, all at once, with nothing loaded', async () => {
    pair = await makePair(SQLITE, POSTGRES, MAPPING);
    pair.sqlite(`
      PRAGMA foreign_keys = 0;
      INSERT INTO child VALUES
        (10, 99, '1e3', '2024-02-30 00:00:00', '{"a":NaN}', 2, 'text', 'abc'),
        (11, 1, '1', 1700000000, CAST(x'22ff22' AS TEXT), 1, NULL, NULL);
      INSERT INTO parent (id, name, secret) VALUES (3, 'nul' || char(0) || 'x', 'hush' || char(0));`);
    const inspection = await inspectSource(pair.endpoints);
    expect(inspection.refusals.map(({ table, key, column }) => `${table} ${key} ${column}`)).toEqual([
      'child id=10 active',
      'child id=10 amount',
      'child id=10 at',
      'child id=10 doc',
      'child id=10 parent_id',
      'child id=10 ratio',
      'child id=10 raw',
      'child id=11 at',
      'child id=11 doc',
      'parent id=3 name',
      'parent id=3 secret',
    ]);
    expect(inspection.refusals.at(-1)).toMatchObject({ value: '(hidden)' });
    const refused = await transfer(pair.endpoints).catch((error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'source-refused', inspection: { refusedValues: 11 } });
    expect(
      await pair.query(
        'SELECT (SELECT count(*) FROM parent)::int + (SELECT count(*) FROM child)::int AS rows',
      ),
    ).toEqual([{ rows: 0 }]);
    expect(await pair.query(`SELECT to_regnamespace('vatevo_transfer') AS ledger`)).toEqual([
      { ledger: null },
    ]);
  });

  it('names tables and columns that hold data and have no place in the target', async () => {
    pair = await makePair(
      `${SQLITE} CREATE TABLE extra (x); INSERT INTO extra VALUES (1); ALTER TABLE parent ADD COLUMN more TEXT DEFAULT 'y';`,
      POSTGRES,
      MAPPING,
    );
    const refused = await transfer(pair.endpoints).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TransferError);
    expect(String(refused)).toMatch(/parent\.more holds data.*extra holds rows/s);
    const leaving = {
      ...MAPPING,
      leaveBehind: ['extra'],
      tables: { ...MAPPING.tables, parent: { leaveBehind: ['more'] } },
    };
    const report = await transfer({ ...pair.endpoints, mapping: leaving });
    expect(report.plan.leftBehind).toEqual(['parent.more', 'extra']);
  });

  it('resumes after a connection is lost in the middle', async () => {
    pair = await makePair(
      `CREATE TABLE child (id INTEGER PRIMARY KEY, name TEXT);
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) INSERT INTO child SELECT i, 'row ' || i FROM n;`,
      'CREATE TABLE child (id serial PRIMARY KEY, name text NOT NULL)',
    );
    const { endpoints, query } = pair;
    let cut = false;
    const failing = transfer({
      ...endpoints,
      readers: 1,
      onProgress: ({ stage, rows }) => {
        if (stage !== 'copy' || rows < 25_000 || cut) return;
        cut = true;
        void query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        );
      },
    });
    await expect(failing).rejects.toThrow();
    await expect(verifyTransfer(endpoints)).rejects.toMatchObject({ kind: 'unfinished' });
    const report = await transfer(endpoints);
    expect(report.outcome).toBe('resumed');
    expect(report.copied.rows).toBeLessThan(60_000);
    expect(report.verification).toMatchObject({ equal: true });
  });

  it('refuses to mix two states of a source, and starts over only when told to', async () => {
    pair = await makePair(SQLITE, POSTGRES, MAPPING);
    await expect(
      transfer({
        ...pair.endpoints,
        onProgress: ({ stage }) => {
          if (stage === 'finalize') throw new Error('killed');
        },
      }),
    ).rejects.toThrow('killed');
    pair.sqlite(`UPDATE parent SET name = 'changed' WHERE id = 1`);
    await expect(transfer(pair.endpoints)).rejects.toMatchObject({ kind: 'source-changed' });
    const before = await pair.query(CATALOG);
    const report = await transfer({ ...pair.endpoints, discardUnfinished: true });
    expect(report.outcome).toBe('transferred');
    expect((await pair.query(CATALOG)).length).toBeGreaterThan(before.length);
    expect(await pair.query('SELECT name FROM parent WHERE id = 1')).toEqual([{ name: 'changed' }]);
  });
});

describe('verify', () => {
  const defects: [string, string, object][] = [
    [
      'a value changed by one unit',
      'UPDATE child SET amount = 100.01 WHERE id = 1',
      { key: 'id=1', column: 'amount', expected: '100.00', actual: '100.01' },
    ],
    ['a scale', 'UPDATE child SET amount = 100.0 WHERE id = 1', { key: 'id=1', column: 'amount' }],
    [
      'a microsecond',
      `UPDATE child SET at = at + interval '1 microsecond' WHERE id = 1`,
      { key: 'id=1', column: 'at' },
    ],
    [
      'a trailing space',
      `UPDATE parent SET name = name || ' ' WHERE id = 5`,
      { key: 'id=5', column: 'name' },
    ],
    [
      'NULL to empty',
      `UPDATE parent SET secret = '' WHERE id = 5`,
      { key: 'id=5', column: 'secret', actual: '(hidden)' },
    ],
    [
      'JSON null to NULL',
      'UPDATE child SET doc = NULL WHERE id = 2',
      { key: 'id=2', column: 'doc', expected: 'null', actual: null },
    ],
    [
      'a JSON number',
      `UPDATE child SET doc = '{"n":9007199254740992,"f":1.0}' WHERE id = 1`,
      { key: 'id=1', column: 'doc' },
    ],
    ['a boolean', 'UPDATE child SET active = NOT active WHERE id = -7', { key: 'id=-7', column: 'active' }],
    ['a byte', `UPDATE child SET raw = '\\x00fe' WHERE id = 1`, { key: 'id=1', column: 'raw' }],
    [
      'a float bit',
      'UPDATE child SET ratio = 0.10000000000000002 WHERE id = 1',
      { key: 'id=1', column: 'ratio' },
    ],
    ['a missing row', 'DELETE FROM child WHERE id = 2', { key: 'id=2', kind: 'missing' }],
    [
      'an unexpected row',
      'INSERT INTO child (id, parent_id) VALUES (77, 1)',
      { key: 'id=77', kind: 'unexpected' },
    ],
  ];
  // Each is tried once more by the tests of all defects, in defects/.
  it.each(defects.filter((_, i) => LONG || i % 5 === 0))('finds %s', async (_, sql, difference) => {
    pair = await makePair(SQLITE, POSTGRES, MAPPING);
    await transfer(pair.endpoints);
    expect((await verifyTransfer(pair.endpoints)).equal).toBe(true);
    await pair.query(sql);
    const verification = await verifyTransfer(pair.endpoints);
    expect(verification.equal).toBe(false);
    expect(verification.differences).toEqual([expect.objectContaining(difference)]);
  });

  it('finds a sequence that is behind and an index that is gone', async () => {
    pair = await makePair(SQLITE, POSTGRES, MAPPING);
    await transfer(pair.endpoints);
    await pair.query(`SELECT setval('child_id_seq', 1); DROP INDEX child_parent`);
    const verification = await verifyTransfer(pair.endpoints);
    expect(verification.equal).toBe(false);
    expect(verification.sequencesBehind).toMatchObject([{ table: 'child', next: 2n, highest: 2n }]);
    expect(verification.unfit).toEqual(['index child_parent on child is missing']);
  });
});
