import type { Difference } from '@vatevo/transfer';

/** Rows that are not what the source holds, and everything that verification must say of them. */
export interface RowDefect {
  readonly defect: string;
  readonly sql: string;
  readonly differences: readonly Partial<Difference>[];
  /** What must be said of the structure, where the defect needs it altered. */
  readonly unfit?: readonly string[];
}

const missing = (table: string, key: string) => ({ table, key, kind: 'missing' }) as Partial<Difference>;
const unexpected = (table: string, key: string) =>
  ({ table, key, kind: 'unexpected' }) as Partial<Difference>;
const changed = (table: string, key: string, column: string, expected: string, actual: string) =>
  ({ table, key, kind: 'changed', column, expected, actual }) as const;

/** A table without a key names its rows by their digests, which say nothing here. */
export const ROW_DEFECTS: readonly RowDefect[] = [
  {
    defect: 'a row is missing',
    sql: 'DELETE FROM sample WHERE id = 3',
    differences: [missing('sample', 'id=3')],
  },
  {
    defect: 'a row of a composite key is missing',
    sql: `DELETE FROM pair WHERE a = 'a' AND b = 'b'`,
    differences: [missing('pair', 'a=a, b=b')],
  },
  {
    defect: 'every row is missing',
    sql: 'TRUNCATE event',
    differences: [missing('event', 'id=1'), missing('event', 'id=2'), missing('event', 'id=3')],
  },
  {
    defect: 'a row too many',
    sql: `INSERT INTO event VALUES (0, 1, 1, 'created')`,
    differences: [unexpected('event', 'id=0')],
  },
  {
    defect: 'a row of NULLs too many, without a key',
    sql: 'INSERT INTO loose VALUES (NULL, NULL)',
    differences: [{ table: 'loose', kind: 'duplicate' }],
  },
  {
    defect: 'a row twice, without a key',
    sql: 'INSERT INTO loose SELECT * FROM loose WHERE x = 1',
    differences: [{ table: 'loose', kind: 'duplicate' }],
  },
  {
    defect: 'a row twice, where the key is gone',
    sql: 'ALTER TABLE event DROP CONSTRAINT event_pkey; INSERT INTO event SELECT * FROM event WHERE id = 2',
    differences: [{ table: 'event', key: 'id=2', kind: 'duplicate' }],
    unfit: ['constraint event_pkey on event is missing'],
  },
  {
    defect: 'a row twice, once altered, where the key is gone',
    sql: `ALTER TABLE event DROP CONSTRAINT event_pkey; INSERT INTO event VALUES (2, 2, 2, 'Sent')`,
    differences: [{ table: 'event', key: 'id=2', kind: 'duplicate' }],
    unfit: ['constraint event_pkey on event is missing'],
  },
  {
    defect: 'one of two equal rows is missing, without a key',
    sql: 'DELETE FROM loose WHERE ctid = (SELECT min(ctid) FROM loose WHERE x = 2)',
    differences: [{ table: 'loose', kind: 'missing' }],
  },
  {
    defect: 'one row is missing and another there twice, without a key',
    sql: `DELETE FROM loose WHERE x = 1; INSERT INTO loose VALUES (2, 'two')`,
    differences: [
      { table: 'loose', kind: 'missing' },
      { table: 'loose', kind: 'duplicate' },
    ],
  },
  {
    defect: 'one row is missing and another in its place',
    sql: 'UPDATE event SET id = -3 WHERE id = 3',
    differences: [missing('event', 'id=3'), unexpected('event', 'id=-3')],
  },
  {
    defect: 'two rows exchanged a value',
    sql: `UPDATE sample SET medium = CASE id WHEN 1 THEN -70001 ELSE 70000 END WHERE id IN (1, 2)`,
    differences: [
      changed('sample', 'id=1', 'medium', '70000', '-70001'),
      changed('sample', 'id=2', 'medium', '-70001', '70000'),
    ],
  },
  {
    defect: 'two rows exchanged all values but the key',
    sql: `UPDATE event SET id = 10 WHERE id = 2; UPDATE event SET id = 2 WHERE id = 3; UPDATE event SET id = 3 WHERE id = 10`,
    differences: [
      changed('event', 'id=2', 'tenant_id', '2', '1'),
      changed('event', 'id=2', 'sample_id', '2', '1'),
      changed('event', 'id=3', 'tenant_id', '1', '2'),
      changed('event', 'id=3', 'sample_id', '1', '2'),
    ],
  },
  {
    defect: 'two rows of a composite key exchanged a value',
    sql: `UPDATE pair SET value = CASE b WHEN 'a' THEN '2' ELSE '1' END WHERE a = 'a'`,
    differences: [
      changed('pair', 'a=a, b=a', 'value', '1', '2'),
      changed('pair', 'a=a, b=b', 'value', '2', '1'),
    ],
  },
  {
    defect: 'two rows exchanged a value, without a key',
    sql: `UPDATE loose SET x = CASE x WHEN 1 THEN 2 ELSE 1 END WHERE ctid IN (SELECT min(ctid) FROM loose WHERE x IS NOT NULL GROUP BY x)`,
    differences: [
      { table: 'loose', kind: 'missing' },
      { table: 'loose', kind: 'missing' },
      { table: 'loose', kind: 'unexpected' },
      { table: 'loose', kind: 'unexpected' },
    ],
  },
  {
    defect: 'a change in one row and its opposite in another',
    sql: `UPDATE sample SET big = big + CASE id WHEN 1 THEN 1 ELSE -1 END WHERE id IN (1, 2)`,
    differences: [
      changed('sample', 'id=1', 'big', '9007199254740993', '9007199254740994'),
      changed('sample', 'id=2', 'big', '-5', '-6'),
    ],
  },
  {
    defect: 'a value in the neighbouring column',
    sql: 'UPDATE sample SET small = medium, medium = small WHERE id = 3; UPDATE sample SET words = short, short = words WHERE id = 1',
    differences: [
      changed('sample', 'id=1', 'words', 'Straße 1', 'abc'),
      changed('sample', 'id=1', 'short', 'abc', 'Straße 1'),
    ],
  },
  {
    defect: 'the border between two values moved',
    sql: `UPDATE sample SET words = 'Straße ', short = '1abc' WHERE id = 1`,
    differences: [
      changed('sample', 'id=1', 'words', 'Straße 1', 'Straße '),
      changed('sample', 'id=1', 'short', 'abc', '1abc'),
    ],
  },
  {
    defect: 'two keys exchanged their hashes',
    sql: `UPDATE tenant SET api_key_hash = 'x' WHERE id = 1;
      UPDATE tenant SET api_key_hash = (SELECT encode(sha256('vat_0123456789abcdef0123456789abcdef'), 'hex')) WHERE id = 2;
      UPDATE tenant SET api_key_hash = (SELECT encode(sha256('vat_fedcba9876543210fedcba9876543210'), 'hex')) WHERE id = 1`,
    differences: [
      changed('tenant', 'id=1', 'api_key_hash', '(hidden)', '(hidden)'),
      changed('tenant', 'id=2', 'api_key_hash', '(hidden)', '(hidden)'),
    ],
  },
  {
    defect: 'a generated column computed by another rule',
    sql: `CREATE OR REPLACE FUNCTION shout(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
      UPDATE sample SET base = base WHERE id = 1`,
    differences: [changed('sample', 'id=1', 'loud', 'ONE', 'one')],
  },
  {
    defect: 'a generated column that is out of date',
    sql: `CREATE OR REPLACE FUNCTION shout(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''FOUR''::text';
      UPDATE sample SET base = base WHERE id = 4`,
    differences: [changed('sample', 'id=4', 'loud', '', 'FOUR')],
  },
];
