import { inspectSource, type TransferMapping, transfer } from '@vatevo/transfer';
import { afterEach, expect, it } from 'vitest';
import { makePair, type Pair } from './support.ts';

let pair: Pair | undefined;
afterEach(async () => {
  await pair?.drop();
  pair = undefined;
});

const POSTGRES = `CREATE TABLE parent (id int PRIMARY KEY, code text, tenant int);
  CREATE TABLE child (id int PRIMARY KEY, code text, tenant int NOT NULL)`;

function through(table: string, key: string): TransferMapping {
  return {
    tables: {
      child: { columns: { tenant: { through: { column: 'code', table, key, value: 'tenant' } } } },
    },
  };
}

const several =
  /several rows of parent may have the same code.*CREATE UNIQUE INDEX "parent_code" ON "parent" \("code"\)/;

it.each([
  ['that is not unique', 'code TEXT', 'CREATE INDEX i ON parent (code)', 'code', several],
  ['unique with another column', 'code TEXT', 'CREATE UNIQUE INDEX i ON parent (code, id)', 'code', several],
  [
    'unique among some rows',
    'code TEXT',
    'CREATE UNIQUE INDEX i ON parent (code) WHERE id > 1',
    'code',
    several,
  ],
  ['unique as an expression', 'code TEXT', 'CREATE UNIQUE INDEX i ON parent (lower(code))', 'code', several],
  [
    'unique by another collation',
    'code TEXT COLLATE NOCASE',
    'CREATE UNIQUE INDEX i ON parent (code COLLATE BINARY)',
    'code',
    several,
  ],
  ['that is not there', 'code TEXT', '', 'name', /parent has no column name/],
])('refuses a value through a column %s', async (_, column, index, key, message) => {
  pair = await makePair(
    `CREATE TABLE parent (id INTEGER PRIMARY KEY, ${column}, tenant INTEGER); ${index};
     CREATE TABLE child (id INTEGER PRIMARY KEY, code TEXT);
     INSERT INTO parent VALUES (1, 'a', 1); INSERT INTO child VALUES (1, 'a')`,
    POSTGRES,
    through('parent', key),
  );
  await expect(inspectSource(pair.endpoints)).rejects.toThrow(message);
});

it('takes values from the one row that a foreign key of SQLite would lead to', async () => {
  pair = await makePair(
    `CREATE TABLE parent (id INTEGER PRIMARY KEY, code TEXT UNIQUE COLLATE NOCASE, tenant INTEGER);
     CREATE TABLE child (id INTEGER PRIMARY KEY, code NUMERIC);
     INSERT INTO parent VALUES (1, '05', 1), (2, '5', 2), (3, 'A', 3);
     INSERT INTO child VALUES (1, 5), (2, 'a')`,
    POSTGRES.replace('code text, tenant int NOT', 'code_ text, tenant int NOT'),
    { decisions: { leaveBehind: ['child.code'] }, ...through('Parent', 'Code') },
  );
  await transfer(pair.endpoints);
  expect(await pair.query('SELECT id, tenant FROM child ORDER BY id')).toEqual([
    { id: 1, tenant: 2 },
    { id: 2, tenant: 3 },
  ]);
});
