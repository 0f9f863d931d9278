import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ColumnEvidence, openSource, type Reading, readEvidence, saysSecret } from '@vatevo/transfer';
import { readSqliteCatalog } from '@vatevo/transfer/sqlite';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vatevo-evidence-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;

/** The evidence of the only table that a script makes. */
function evidenceOf(sql: string, readings: Record<string, Reading[]> = {}): ColumnEvidence[] {
  const file = join(folder, `${files++}.db`);
  const made = new Database(file);
  made.exec(sql);
  made.close();
  const db = openSource(file);
  try {
    const [table] = readSqliteCatalog(db);
    return readEvidence(db, table ?? expect.fail('no table'), readings);
  } finally {
    db.close();
  }
}

it('counts storage classes, ends, lengths and digits', () => {
  const [, a, b] = evidenceOf(`CREATE TABLE t (id INTEGER PRIMARY KEY, a BOOLEAN, b);
    INSERT INTO t (a, b) VALUES (1, '12.50'), (0, 'ä😀'), (9007199254740993, ' '), (NULL, x'61ff'), (0.1, 3e21), (-2.0, 1.25),
      (1, 'a' || char(0)), (9e999, 'x')`);
  expect(a).toEqual({
    column: 'a',
    declaredType: 'BOOLEAN',
    rows: 8,
    // BOOLEAN has the affinity NUMERIC: -2.0 is stored as an integer.
    stored: { null: 1, integer: 5, real: 2, text: 0, blob: 0 },
    large: 0,
    largest: 0,
    besideZero: { lowest: -2n, highest: 9007199254740993n },
    integers: { lowest: -2n, highest: 9007199254740993n },
    reals: { lowest: 0.1, highest: 0.1, whole: 0, digits: { before: 1, behind: 1 }, endless: 1 },
    secret: false,
    samples: ['1', '0', '9007199254740993'],
    readings: [],
  });
  expect(b).toMatchObject({
    stored: { text: 5, blob: 1, real: 2 },
    reals: { whole: 1, digits: { before: 22, behind: 2 } },
    texts: {
      shortest: 1,
      longest: 5,
      empty: 1,
      withNul: 1,
      broken: 0,
      decimals: { count: 1, digits: { before: 2, behind: 2 } },
    },
    blobs: { shortest: 2, longest: 2, utf8: 0 },
    samples: ['12.50', 'ä😀', ' '],
  });
});

it('says what would become of the values, by the code that copies them', () => {
  const type = { name: 'timestamptz', sql: 'timestamp with time zone' };
  const [at] = evidenceOf(
    `CREATE TABLE t (at); INSERT INTO t VALUES (1700000000), (1600000000000), (''), (NULL), ('2024-01-01 10:00:00')`,
    {
      at: [
        { type },
        { type, decision: { numbers: 'epoch-seconds' } },
        { type, decision: { numbers: 'epoch-milliseconds', empty: 'null' } },
        { type, notNull: true, decision: { numbers: 'epoch-milliseconds', empty: 'null' } },
        { type, zone: 'Europe/Berlin', decision: { numbers: 'epoch-milliseconds' } },
      ],
    },
  );
  const [plain, seconds, both, filled, berlin] = at?.readings ?? [];
  expect(plain).toMatchObject({
    taken: 1,
    refused: 3,
    altered: 0,
    refusal: expect.stringContaining('no policy'),
  });
  expect(seconds).toMatchObject({
    taken: 2,
    refused: 2,
    refusal: 'outside the years 1 to 9999 as epoch-seconds',
  });
  expect(both).toEqual({
    taken: 4,
    refused: 0,
    altered: 1,
    nulled: 1,
    become: [
      { stored: '1700000000', printed: '1970-01-20 16:13:20+00' },
      { stored: '1600000000000', printed: '2020-09-13 12:26:40+00' },
      { stored: '', printed: null },
    ],
    ends: ['1970-01-20 16:13:20+00', '2020-09-13 12:26:40+00'],
  });
  expect(filled).toMatchObject({ refused: 1, refusal: 'NULL in a column that must not be NULL' });
  expect(berlin).toMatchObject({ taken: 3, refused: 1 });
});

it('tells bytes that are not UTF-8 from a replacement character that was written', () => {
  for (const made of ['CREATE TABLE t (k TEXT, v)', 'CREATE TABLE t (k TEXT PRIMARY KEY, v) WITHOUT ROWID']) {
    const [, v] = evidenceOf(
      `${made}; INSERT INTO t VALUES ('a', CAST(x'61ff' AS TEXT)), ('b', char(65533))`,
      { v: [{ type: { name: 'text', sql: 'text' } }] },
    );
    expect(v).toMatchObject({
      texts: { broken: 1 },
      readings: [{ taken: 1, refused: 1, refusal: 'bytes that are not UTF-8' }],
    });
  }
});

it('counts what is too large to be read, and reads what stands beside it', () => {
  const [v] = evidenceOf(
    `CREATE TABLE t (v); INSERT INTO t VALUES (zeroblob(17000000)), (replace(hex(zeroblob(9000000)), '0', 'x')), ('text'), (7)`,
  );
  expect(v).toMatchObject({
    rows: 4,
    large: 2,
    largest: 18_000_000,
    stored: { text: 2, blob: 1, integer: 1 },
    texts: { longest: 4 },
    samples: ['text', '7'],
  });
});

it('shows nothing of a column whose name says that it is a secret', () => {
  const [secret] = evidenceOf(`CREATE TABLE t (api_key); INSERT INTO t VALUES ('hunter2'), (7)`, {
    api_key: [{ type: { name: 'text', sql: 'text' } }],
  });
  expect(JSON.stringify(secret, (_, value) => (typeof value === 'bigint' ? 0 : value))).not.toContain(
    'hunter2',
  );
  for (const name of ['apiKey', 'PasswordHash', 'refresh_token', 'user_pwd', 'client_secret', 'SALT']) {
    expect(saysSecret(name), name).toBe(true);
  }
  for (const name of ['id', 'key', 'sort_key', 'monkey', 'passenger', 'created_at', 'author']) {
    expect(saysSecret(name), name).toBe(false);
  }
});

it('shows intervals as people read them', () => {
  const type = { name: 'interval', sql: 'interval' };
  const [, a] = evidenceOf(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, a);
     INSERT INTO t (a) VALUES (93784000000), (-1500000), ('P1Y2M3DT4.5S')`,
    { a: [{ type, decision: { numbers: 'microseconds' } }] },
  );
  expect(a?.readings[0]?.become.map(({ printed }) => printed)).toEqual([
    '26:03:04',
    '-00:00:01.5',
    '14 mons 3 days 00:00:04.5',
  ]);
});
