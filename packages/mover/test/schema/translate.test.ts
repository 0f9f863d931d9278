import { type TestDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ExpressionColumn } from '../../src/schema/expression/node.ts';
import { translate } from '../../src/schema/expression/translate.ts';
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  JSON_TEXT,
  JSONB,
  TEXT,
  TIMESTAMP,
  TIMESTAMPTZ,
  UUID,
} from '../../src/schema/types/types.ts';

const column = (source: string, type: ExpressionColumn['type'], isCollated = false): ExpressionColumn => ({
  source,
  name: source,
  type,
  isCollated,
  isStoredAlike: true,
});
const columns = [
  column('i', INTEGER),
  column('b', BIGINT),
  column('r', DOUBLE),
  column('d', decimal(10, 2) as ExpressionColumn['type']),
  column('t', TEXT),
  column('other text', TEXT),
  column('f', BOOLEAN),
  column('j', JSONB),
  column('u', UUID),
  column('n', TEXT, true),
  column('jt', JSON_TEXT),
  column('at', TIMESTAMP),
  column('zoned', TIMESTAMPTZ),
  column('day', DATE),
  { ...column('amount', decimal(10, 2) as ExpressionColumn['type']), isStoredAlike: false },
];

/** Ends, signs, other letters, and NULL beside everything. */
const ROWS = [
  [1, 1, 0.1, 1.5, 'abc', 'Abc', 1, '{}'],
  [-2147483648, -9223372036854775808n, -0.5, -7, 'ÄB', 'äb', 0, '[1]'],
  [2147483647, 9007199254740993n, 1e200, 100.25, '', ' x ', 1, '1'],
  [0, 0, 0, 0, 'a', 'B', 0, '"x"'],
  [7, null, 2.5, 0.1, 'éa', null, null, null],
  [-7, -1000, 7, 1, 'a_\\%b]', 'a%b', 1, '1'],
  [8, 17, 8, 1, 'Äb[\\[.(+)$\n', '[a', 0, '1'],
  [null, 5, null, null, null, 'z', 0, '{}'],
] as const;

const SAME = [
  'i > 0',
  '"i" >= -5 AND t <> \'\'',
  "t = 'abc' OR NOT (f = 1)",
  'i BETWEEN 0 AND 7',
  'i NOT BETWEEN 0 AND 7',
  'i IN (1, 7, 9)',
  "t NOT IN ('abc', 'a')",
  't < "other text"',
  't IS NULL AND i NOTNULL',
  'i NOT NULL',
  'i + b * 2',
  'i * i * 3',
  'r * i + 1.5',
  'r - 0.25',
  'r * 0 + i * iif(f, 0.1, 0.7)',
  'r * 0 + i * abs(0.1)',
  'd <= 1.5',
  'd > i',
  'i < 2.5',
  "t || '-' || i",
  'length(t) + 1',
  'lower(t) = lower("other text")',
  'UPPER(t)',
  'trim("other text")',
  'coalesce(t, "other text")',
  "ifnull(t, 'none') = 'none'",
  'coalesce(at, at) IS NULL',
  'iif(f, u, NULL) IS NULL',
  'f',
  'f <> 0',
  'json_valid(j) OR j IS NULL',
  'json_valid(j)',
  'tbl.i = 1',
  '(i = 1) -- behind\n AND /* between */ f = 1',
  'u IS NULL',
  "t LIKE 'A%'",
  "t NOT LIKE '_B%'",
  "t LIKE 'Ä%' OR n LIKE 'x'",
  `"other text" LIKE '%\\%'`,
  "t LIKE 'a!%b' ESCAPE '!' OR t LIKE '!_!!%' ESCAPE '!'",
  "t LIKE 'a\\_\\%' ESCAPE '\\'",
  "t GLOB 'a*' OR n GLOB '?'",
  "t GLOB '[a-cÄ]?[^0-9]' OR t GLOB '*[]^-]*'",
  "t NOT GLOB '*.(+)$*'",
  "t GLOB '*\\[[]*'",
  'CASE WHEN i > 0 THEN t WHEN f THEN \'f\' ELSE "other text" END',
  "CASE t WHEN 'abc' THEN 1 WHEN 'a' THEN i END",
  'iif(f, i / 2, i % 3) >= 0',
  'b / 3',
  'b % 10 = 7',
  '(i % 2) + b / 9007199254740993',
  'length(t) % 2 = 1',
  'CAST(b AS TEXT)',
  "CAST(t AS TEXT) || ''",
  'CAST(i AS REAL) < r',
  'substr(t, 1, 2)',
  'substr(t, 2)',
  "instr(t, 'b') > 0 OR instr(t, '') = 1",
  "replace(t, 'b', '')",
  'ltrim("other text") || rtrim("other text") || trim("other text", \'x \')',
  "nullif(t, 'abc')",
];

/** Each means something else, or nothing, in PostgreSQL. */
const DIFFERENT = [
  't LIKE "other text"',
  "i LIKE '1%'",
  "t LIKE 'a%' ESCAPE 'a'",
  "t LIKE 'a!' ESCAPE '!'",
  "t GLOB '[z-a]'",
  "t GLOB '[a'",
  "t REGEXP 'a'",
  "t MATCH 'a'",
  't > 5',
  'i = t',
  'i / 0',
  'i / b',
  'i / 2.0',
  'i * b / 2',
  'r % 2',
  'CASE i WHEN t THEN 1 END',
  "CASE WHEN f THEN 1 ELSE 'a' END",
  'CAST(i * b AS TEXT)',
  'CAST(r AS TEXT)',
  'substr(t, 0, 2)',
  'substr(t, -2)',
  'max(i, b)',
  "strftime('%Y', t) = '2024'",
  'date(t) IS NOT NULL',
  'd + 0.1',
  "n = 'x'",
  "u = 'x'",
  'amount > 0',
  'r > b',
  'nobody > 1',
  "datetime('now') > t",
  'CAST(t AS INTEGER) = 1',
  "t COLLATE NOCASE = 'x'",
  "typeof(i) = 'integer'",
  't || r',
  'i > 0 i',
  "(b * b) || ''",
  "t > -'5'",
  'nullif(i, i + 1) / 2',
  'replace(t, "other text", t)',
  "t LIKE nullif('a', t)",
  'coalesce(zoned, at)',
  'coalesce(at, day)',
  'coalesce(j, jt)',
  'CASE WHEN f THEN u ELSE at END',
  'coalesce(amount, u) IS NULL',
  'f > 0',
  'random() > 0',
  '0.1234567890123456 < r',
  '(SELECT 1)',
];

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

it('says in PostgreSQL what SQLite says of every row', async () => {
  const db = new Database(':memory:');
  db.exec(
    'CREATE TABLE tbl(i INTEGER, b BIGINT, r REAL, d DECIMAL(10,2), t TEXT, "other text" TEXT, f BOOLEAN, j JSON_TEXT, u TEXT, n TEXT COLLATE NOCASE, at DATETIME)',
  );
  const insert = db.prepare(
    'INSERT INTO tbl(i, b, r, d, t, "other text", f, j) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  await client.query(
    'CREATE TABLE tbl(i int, b bigint, r float8, d numeric(10,2), t text, "other text" text, f boolean, j jsonb, u uuid, n text, at timestamp)',
  );
  for (const row of ROWS) {
    insert.run(...row);
    const texts = row.map((value) => (value === null ? null : `${value}`));
    await client.query(
      'INSERT INTO tbl(i, b, r, d, t, "other text", f, j) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
      texts,
    );
  }
  db.exec('UPDATE tbl SET n = t');
  await client.query('UPDATE tbl SET n = t');
  for (const expression of SAME) {
    const found = translate(expression, columns);
    expect(found, expression).toBeDefined();
    expect(found?.mayOverflow, expression).toBe(expression.startsWith('r '));
    const order = '(i IS NULL), i';
    const sqlite = db
      .prepare(`SELECT ${expression.replace(/--.*\n/, '')} FROM tbl ORDER BY ${order}`)
      .pluck()
      .all();
    const { rows } = await client.query<unknown[]>({
      text: `SELECT ${found?.sql} FROM tbl ORDER BY ${order}`,
      rowMode: 'array',
    });
    const isBoolean = found?.family === 'boolean';
    const isNumber = found?.family === 'integer' || found?.family === 'double';
    expect(
      rows.map(([value]) => (value !== null && isNumber ? Number(value) : value)),
      expression,
    ).toEqual(sqlite.map((value) => (value !== null && isBoolean ? value === 1 : value)));
  }
  db.close();
});

it.each(DIFFERENT)('does not translate %s', (expression) => {
  expect(translate(expression, columns)).toBeUndefined();
});
