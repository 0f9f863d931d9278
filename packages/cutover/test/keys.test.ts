import { expect, it } from 'vitest';
import { finish, rollback, start } from '../src/index.ts';
import { LONG, makeBench } from './support/bench.ts';

/*
 * Keys of every type, and how they are told on both sides.
 */

/** Settings of a service's session that change how PostgreSQL prints values. */
const ODD_SESSION = `SET DateStyle = 'German, DMY'; SET TimeZone = 'Asia/Kolkata'; SET bytea_output = 'escape';
  SET extra_float_digits = -15; SET IntervalStyle = 'sql_standard';`;

interface KeyType {
  readonly name: string;
  readonly sqlite: string;
  readonly postgres: string;
  /** As the file holds four keys when it is moved, in SQL. */
  readonly stored: readonly [same: string, updated: string, deleted: string, renamed: string];
  /** The same keys, and two others, for PostgreSQL. */
  readonly sql: readonly [
    same: string,
    updated: string,
    deleted: string,
    renamed: string,
    to: string,
    added: string,
  ];
  /** The form in which they go back, where they are stored in several. */
  readonly decided?: string;
  /** What the file holds in the end, as `quote` prints it. */
  readonly back: readonly [same: string, updated: string, renamed: string, added: string];
}

const KEYS: readonly KeyType[] = [
  {
    name: 'int8',
    sqlite: 'INTEGER',
    postgres: 'bigint',
    stored: ['1', '2', '3', '4'],
    sql: ['1', '2', '3', '4', '40', '-9223372036854775808'],
    back: ['1', '2', '40', '-9223372036854775808'],
  },
  {
    name: 'text that SQLite compares without case',
    sqlite: 'TEXT COLLATE NOCASE',
    postgres: 'text',
    stored: [`'same'`, `'up'`, `'del'`, `'ren'`],
    // A key that the file takes for another one of its own comes and goes.
    sql: [`'same'`, `'up'`, `'del'`, `'ren'`, `'REN'`, `'a'''`],
    back: [`'same'`, `'up'`, `'REN'`, `'a'''`],
  },
  {
    name: 'text that PostgreSQL compares without case',
    sqlite: 'TEXT',
    postgres: 'text COLLATE "any_case"',
    stored: [`'same'`, `'up'`, `'del'`, `'ren'`],
    sql: [`'same'`, `'up'`, `'del'`, `'ren'`, `'REN'`, `'Ä'`],
    back: [`'same'`, `'up'`, `'REN'`, `'Ä'`],
  },
  {
    name: 'an enum',
    sqlite: 'TEXT',
    postgres: '"odd Type"',
    stored: [`'a'`, `'b b'`, `'c'`, `'d'`],
    sql: [`'a'`, `'b b'`, `'c'`, `'d'`, `'{e,"}'`, `'NULL'`],
    back: [`'a'`, `'b b'`, `'{e,"}'`, `'NULL'`],
  },
  {
    name: 'uuid, in capitals',
    sqlite: 'TEXT',
    postgres: 'uuid',
    stored: [1, 2, 3, 4].map(
      (n) => `'AAAAAAAA-0000-0000-0000-00000000000${n}'`,
    ) as unknown as KeyType['stored'],
    sql: [1, 2, 3, 4, 5, 6].map(
      (n) => `'aaaaaaaa-0000-0000-0000-00000000000${n}'`,
    ) as unknown as KeyType['sql'],
    back: [
      `'AAAAAAAA-0000-0000-0000-000000000001'`,
      `'AAAAAAAA-0000-0000-0000-000000000002'`,
      `'AAAAAAAA-0000-0000-0000-000000000005'`,
      `'AAAAAAAA-0000-0000-0000-000000000006'`,
    ],
  },
  {
    name: 'bytea',
    sqlite: 'BLOB',
    postgres: 'bytea',
    stored: [`x''`, `x'00ff'`, `x'5c'`, `x'41'`],
    sql: [`'\\x'`, `'\\x00ff'`, `'\\x5c'`, `'\\x41'`, `'\\x5c78'`, `'\\x2200'`],
    back: [`X''`, `X'00FF'`, `X'5C78'`, `X'2200'`],
  },
  {
    name: 'date',
    sqlite: 'TEXT',
    postgres: 'date',
    stored: [`'2024-01-02'`, `'2024-03-04'`, `'2024-05-06'`, `'2024-07-08'`],
    sql: [`'2024-01-02'`, `'2024-03-04'`, `'2024-05-06'`, `'2024-07-08'`, `'2024-08-07'`, `'2024-02-29'`],
    back: [`'2024-01-02'`, `'2024-03-04'`, `'2024-08-07'`, `'2024-02-29'`],
  },
  {
    name: 'timestamptz, in several forms',
    decided: 'YYYY-MM-DDTHH:MM:SS.ffffffZ',
    sqlite: 'TEXT',
    postgres: 'timestamptz',
    stored: [
      `'2024-01-02 03:04:05'`,
      `'2024-03-04T05:06:07.000001Z'`,
      `'2024-05-06 07:08:09+02:00'`,
      `'2024-07-08 09:10:11.5'`,
    ],
    sql: [
      `'2024-01-02T03:04:05Z'`,
      `'2024-03-04T05:06:07.000001Z'`,
      `'2024-05-06T05:08:09Z'`,
      `'2024-07-08T09:10:11.5Z'`,
      `'2024-08-07T09:10:11.5Z'`,
      `'2024-10-27T01:30:00Z'`,
    ],
    back: [
      `'2024-01-02 03:04:05'`,
      `'2024-03-04T05:06:07.000001Z'`,
      `'2024-08-07T09:10:11.500000Z'`,
      `'2024-10-27T01:30:00.000000Z'`,
    ],
  },
  {
    name: 'timestamp',
    decided: 'YYYY-MM-DDTHH:MM:SS.ffffff',
    sqlite: 'TEXT',
    postgres: 'timestamp',
    stored: [
      `'2024-01-02 03:04:05'`,
      `'2024-03-04T05:06:07.000001'`,
      `'2024-05-06 07:08:09'`,
      `'2024-07-08 09:10:11.5'`,
    ],
    sql: [
      `'2024-01-02 03:04:05'`,
      `'2024-03-04 05:06:07.000001'`,
      `'2024-05-06 07:08:09'`,
      `'2024-07-08 09:10:11.5'`,
      `'2024-08-07 09:10:11.5'`,
      `'2024-10-27 01:30:00'`,
    ],
    back: [
      `'2024-01-02 03:04:05'`,
      `'2024-03-04T05:06:07.000001'`,
      `'2024-08-07T09:10:11.500000'`,
      `'2024-10-27T01:30:00.000000'`,
    ],
  },
  {
    name: 'char(n)',
    sqlite: 'TEXT',
    postgres: 'char(4)',
    stored: [`'aaaa'`, `'bbbb'`, `'cccc'`, `'dddd'`],
    sql: [`'aaaa'`, `'bbbb'`, `'cccc'`, `'dddd'`, `'e  e'`, `'ffff'`],
    back: [`'aaaa'`, `'bbbb'`, `'e  e'`, `'ffff'`],
  },
  {
    name: 'numeric, of numbers',
    sqlite: 'BLOB',
    postgres: 'numeric(10,2)',
    stored: ['1.5', '2', '3.25', '4'],
    sql: ['1.5', '2', '3.25', '4', '40', '-0.1'],
    back: ['1.5', '2', '40', '-0.1'],
  },
];

const SCHEMA = `CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  CREATE TYPE "odd Type" AS ENUM ('a', 'b b', 'c', 'd', '{e,"}', 'NULL');`;

it('takes rows back whose keys are of every type', async () => {
  // In the short suite the types have a key of one column and of two in turns.
  const tables = KEYS.flatMap((key, i) => [
    { ...key, table: `pair_${i}`, columns: 'flag, k' },
    { ...key, table: `one_${i}`, columns: 'k' },
  ]).filter((_, i) => LONG || i % 4 === 0 || i % 4 === 3);
  const columns = Object.fromEntries(
    tables.flatMap(({ table, decided }) => (decided ? [[`${table}.k`, { back: decided }]] : [])),
  );
  const bench = await makeBench(
    tables
      .map(({ table, columns, sqlite, stored }) => {
        const rows = stored.map((key) => `(${key}, 0, 'first')`).join(', ');
        return `CREATE TABLE ${table} (k ${sqlite} NOT NULL, flag INTEGER NOT NULL, v TEXT, PRIMARY KEY (${columns}));
          INSERT INTO ${table} VALUES ${rows};`;
      })
      .join('\n'),
    `${SCHEMA} ${tables
      .map(
        ({ table, columns, postgres }) =>
          `CREATE TABLE ${table} (k ${postgres}, flag boolean, v text, PRIMARY KEY (${columns.split(', ').toReversed().join(', ')}));`,
      )
      .join('\n')}`,
    { mapping: { decisions: { columns } } },
  );
  const asService = (statements: readonly string[]) =>
    bench.query(`${ODD_SESSION} ${statements.join('; ')}; RESET ALL; SET TimeZone = 'UTC'`);
  try {
    await start(bench.options());
    await finish(bench.options());
    await asService(
      tables.map(
        ({ table, sql: [, updated, deleted, renamed, to, added] }) =>
          `UPDATE ${table} SET v = 'second' WHERE k = ${updated}; DELETE FROM ${table} WHERE k = ${deleted};
           UPDATE ${table} SET k = ${to} WHERE k = ${renamed}; INSERT INTO ${table} VALUES (${added}, false, 'new')`,
      ),
    );
    // Behind the fence, or nearly so, too.
    let late = false;
    const between = async (text: string) => {
      if (late || !text.includes('sha256')) return;
      late = true;
      await asService(
        tables
          .filter(({ columns }) => columns === 'k')
          .map(({ table, sql }) => `UPDATE ${table} SET v = 'late' WHERE k = ${sql[5]}`),
      );
    };
    await rollback(bench.options(between));
    for (const { name, table, columns, back } of tables) {
      const [same, updated, renamed, added] = back;
      const held = bench.writer
        .prepare(`SELECT quote(k), quote(flag), v FROM ${table}`)
        .raw()
        .all() as string[][];
      expect(held.toSorted(), name).toEqual(
        [
          [same, '0', 'first'],
          [updated, '0', 'second'],
          [renamed, '0', 'first'],
          [added, '0', columns === 'k' ? 'late' : 'new'],
        ].toSorted(),
      );
    }
  } finally {
    await bench.drop();
  }
});

/** What cannot be told on both sides: refused before anything happens. */
const REFUSED: readonly [name: string, sqlite: string, postgres: string, message: RegExp][] = [
  [
    'float8',
    't (k REAL NOT NULL PRIMARY KEY, v TEXT)',
    't (k double precision PRIMARY KEY, v text)',
    /t.*k.*double precision/,
  ],
  ['real', 't (k REAL NOT NULL PRIMARY KEY, v TEXT)', 't (k real PRIMARY KEY, v text)', /t.*k.*real/],
  ['no key in the file', 't (k TEXT, v TEXT)', 't (k text PRIMARY KEY, v text)', /t .*primary key/],
  [
    'a key that the target lacks',
    't (k TEXT PRIMARY KEY, v TEXT NOT NULL)',
    't (v text PRIMARY KEY)',
    /t.*k/,
  ],
  [
    'a unique index on an expression',
    't (k TEXT NOT NULL PRIMARY KEY, v TEXT); CREATE UNIQUE INDEX odd ON t (lower(v))',
    't (k text PRIMARY KEY, v text)',
    /t .*odd/,
  ],
];

it.for(REFUSED)('refuses %s by name before anything happens', async ([, sqlite, postgres, message]) => {
  const bench = await makeBench(`CREATE TABLE ${sqlite}`, `CREATE TABLE ${postgres}`);
  try {
    await expect(start(bench.options())).rejects.toMatchObject({ message });
    await expect(start(bench.options(undefined, { leaveBehind: ['t.k'] }))).rejects.toThrow();
    expect(await bench.states()).toBe('released none');
  } finally {
    await bench.drop();
  }
});

/** Keys of the source as they may be stored. A form that the target has no exact one for is refused when it begins. */
const FORWARD: readonly [name: string, sqlite: string, postgres: string, first: string, second: string][] = [
  ['REAL for numeric', 'REAL', 'numeric', '1.5', '-2.0'],
  ['REAL for numeric(8,3)', 'REAL', 'numeric(8,3)', '1.5', '-2.0'],
  ['text for numeric', 'TEXT', 'numeric', `'1.50'`, `'-0.0001'`],
  ['REAL for integer', 'REAL', 'integer', '1.0', '2.0'],
  ['BLOB for bytea', 'BLOB', 'bytea', `x'00ff'`, `x'5c'`],
  ['BLOB for uuid', 'BLOB', 'uuid', `x'${'ab'.repeat(16)}'`, `x'${'cd'.repeat(16)}'`],
  ['0 and 1 for boolean', 'INTEGER', 'boolean', '0', '1'],
  ['INTEGER for numeric(8,2)', 'INTEGER', 'numeric(8,2)', '1', '2'],
  ['text for timestamptz', 'TEXT', 'timestamptz', `'2024-01-02 03:04:05'`, `'2024-01-02T03:04:06.5Z'`],
];

it.for(FORWARD.filter((_, i) => LONG || i % 4 === 0))(
  'follows keys: %s',
  async ([, sqlite, postgres, first, second]) => {
    const bench = await makeBench(
      `CREATE TABLE t (k ${sqlite} NOT NULL, v TEXT, PRIMARY KEY (k DESC)); INSERT INTO t VALUES (${first}, 'first')`,
      `CREATE TABLE t (k ${postgres} PRIMARY KEY, v text)`,
    );
    try {
      try {
        await start(bench.options());
      } catch (error) {
        expect(error).toMatchObject({ kind: 'source-refused', message: expect.stringContaining('t, k=') });
        expect(await bench.states()).toBe('released none');
        return;
      }
      bench.writer.exec(`UPDATE t SET v = 'changed'; INSERT INTO t VALUES (${second}, 'second')`);
      await start(bench.options());
      bench.writer.exec(`DELETE FROM t WHERE k = ${first}; UPDATE t SET v = 'changed'`);
      await finish(bench.options());
      expect(await bench.query('SELECT v FROM t')).toEqual([{ v: 'changed' }]);
      expect(await bench.query(`SELECT k FROM t`)).toHaveLength(1);
    } finally {
      await bench.drop();
    }
  },
);

it('refuses a row without a key by name before anything happens', async () => {
  const bench = await makeBench(
    `CREATE TABLE t (k TEXT PRIMARY KEY, id INTEGER NOT NULL); INSERT INTO t VALUES (NULL, 1), ('a', 2)`,
    'CREATE TABLE t (k text UNIQUE, id int PRIMARY KEY)',
  );
  try {
    await expect(start(bench.options())).rejects.toMatchObject({
      kind: 'source-refused',
      message: expect.stringContaining('the primary key is NULL'),
    });
    expect(await bench.states()).toBe('released none');
  } finally {
    await bench.drop();
  }
});
