import type { SourceDecisions, TransferError, TransferMapping } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { abort, finish, rollback, start } from '../src/index.ts';
import { type Bench, makeBench } from './support/bench.ts';

/*
 * What PostgreSQL was given while it served comes back in the form that each column of the file had.
 */

interface Kind {
  readonly name: string;
  /** Of the column in the file, and of the one in PostgreSQL. */
  readonly types: readonly [sqlite: string, postgres: string];
  /** SQL of values in the file, and of some that are written in PostgreSQL. */
  readonly held: readonly string[];
  readonly written: readonly string[];
  /** As the file holds those then, by SQLite's quote(). */
  readonly back: readonly string[];
  readonly decided?: NonNullable<SourceDecisions['columns']>[string];
}

const UUID = '6f9619ff-8b86-d011-b42d-00c04fc964ff';
const KINDS: readonly Kind[] = [
  {
    name: 'milliseconds',
    types: ['INTEGER', 'timestamptz(3)'],
    decided: { numbers: 'epoch-milliseconds' },
    held: ['1735689600123'],
    written: [`'2025-02-01 00:00:00.5+00'`],
    back: ['1738368000500'],
  },
  {
    name: 'seconds, cut off',
    types: ['INTEGER', 'timestamptz'],
    decided: { numbers: 'epoch-seconds', fraction: 'truncate' },
    held: ['1735689600'],
    written: [`'2025-02-01 00:00:00.999999+00'`],
    back: ['1738368000'],
  },
  {
    name: 'seconds with a fraction',
    types: ['REAL', 'timestamptz'],
    decided: { numbers: 'epoch-seconds' },
    held: ['1735689600.25', '1735689601.0'],
    written: [`'2025-02-01 00:00:00.123456+00'`, `'2025-02-01 00:00:00+00'`],
    back: ['1738368000.123456', '1738368000.0'],
  },
  {
    name: 'since 2001',
    types: ['REAL', 'timestamp'],
    decided: { numbers: 'seconds-since-2001' },
    held: ['757382400.5', '757382401.0'],
    written: [`'2025-01-01 00:00:02'`],
    back: ['757382402.0'],
  },
  {
    name: 'julian days',
    types: ['REAL', 'timestamp(3)'],
    decided: { numbers: 'julian-day' },
    held: ['2460676.5'],
    written: [`'2025-01-02 12:00:00'`],
    back: ['2460678.0'],
  },
  {
    name: 'days as milliseconds',
    types: ['INTEGER', 'date'],
    decided: { numbers: 'epoch-milliseconds' },
    held: ['1735689600000'],
    written: [`'2025-02-01'`],
    back: ['1738368000000'],
  },
  {
    name: 'space, no zone',
    types: ['TEXT', 'timestamptz'],
    held: [`'2025-01-01 10:00:00'`],
    written: [`'2025-02-01 00:00:00+00'`, `'2025-02-01 00:00:00.25+00'`],
    back: [`'2025-02-01 00:00:00'`, `'2025-02-01 00:00:00.25'`],
  },
  {
    name: 'T, three digits, Z',
    types: ['TEXT', 'timestamptz'],
    held: [`'2025-01-01T10:00:00.120Z'`, `'2025-01-01T10:00:00.000Z'`],
    written: [`'2025-02-01 00:00:00.1+00'`],
    back: [`'2025-02-01T00:00:00.100Z'`],
  },
  {
    name: 'six digits or none, an offset',
    types: ['TEXT', 'timestamptz'],
    held: [`'2025-01-01T10:00:00+02:00'`, `'2025-01-01T10:00:00.120000+02:00'`],
    written: [`'2025-01-31 23:00:00.5+00'`, `'2025-01-31 23:00:00+00'`],
    back: [`'2025-02-01T01:00:00.500000+02:00'`, `'2025-02-01T01:00:00+02:00'`],
  },
  {
    name: 'as Go writes it',
    types: ['TEXT', 'timestamp'],
    held: [`'2025-01-01 10:00:00.5 +0000 UTC'`],
    written: [`'2025-02-01 00:00:00'`],
    back: [`'2025-02-01 00:00:00.0 +0000 UTC'`],
  },
  {
    name: 'midnights',
    types: ['TEXT', 'date'],
    held: [`'2025-01-01 00:00:00'`],
    written: [`'2025-02-01'`],
    back: [`'2025-02-01 00:00:00'`],
  },
  {
    name: 'words',
    types: ['TEXT', 'boolean'],
    held: [`'True'`, `'False'`],
    written: ['true', 'false'],
    back: [`'True'`, `'False'`],
  },
  { name: 't and f', types: ['TEXT', 'boolean'], held: [`'t'`], written: ['false'], back: [`'f'`] },
  { name: '0 and 1', types: ['BOOLEAN', 'boolean'], held: ['1'], written: ['false'], back: ['0'] },
  {
    name: 'upper case',
    types: ['TEXT', 'uuid'],
    held: [`'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'`],
    written: [`'${UUID}'`],
    back: [`'${UUID.toUpperCase()}'`],
  },
  {
    name: 'no hyphens',
    types: ['TEXT', 'uuid'],
    held: [`'a0eebc999c0b4ef8bb6d6bb9bd380a11'`],
    written: [`'${UUID}'`],
    back: [`'${UUID.replaceAll('-', '')}'`],
  },
  {
    name: 'bytes of a uuid',
    types: ['BLOB', 'uuid'],
    decided: { blobs: 'uuid' },
    held: [`x'a0eebc999c0b4ef8bb6d6bb9bd380a11'`],
    written: [`'${UUID}'`],
    back: [`X'${UUID.replaceAll('-', '').toUpperCase()}'`],
  },
  {
    name: "bytes in .NET's order",
    types: ['BLOB', 'uuid'],
    decided: { blobs: 'dotnet-uuid' },
    held: [`x'a0eebc999c0b4ef8bb6d6bb9bd380a11'`],
    written: [`'${UUID}'`],
    back: [`X'FF19966F868B11D0B42D00C04FC964FF'`],
  },
  {
    name: 'amounts in numbers',
    types: ['DECIMAL(10,2)', 'numeric(10,2)'],
    held: ['12.5', '3'],
    written: ['7.25', '8'],
    back: ['7.25', '8'],
  },
  {
    name: 'amounts with two digits',
    types: ['TEXT', 'numeric(10,4)'],
    held: [`'12.50'`],
    written: ['7.25', '8', '1.125'],
    back: [`'7.25'`, `'8.00'`, `'1.125'`],
  },
  {
    name: 'whole REALs',
    types: ['REAL', 'integer'],
    decided: { reals: 'integers' },
    held: ['5.0'],
    written: ['7'],
    back: ['7.0'],
  },
  {
    name: 'singles',
    types: ['REAL', 'real'],
    decided: { reals: 'nearest' },
    held: ['0.1'],
    written: ['0.3'],
    back: ['0.3'],
  },
  {
    name: 'numbers that became texts',
    types: ['INTEGER', 'text'],
    decided: { numbers: 'text' },
    held: ['5'],
    written: [`'17'`],
    back: ['17'],
  },
  {
    name: 'bytes that became texts',
    types: ['BLOB', 'text'],
    decided: { blobs: 'text' },
    held: [`x'6869'`],
    written: [`'hello'`],
    back: [`X'68656C6C6F'`],
  },
  {
    name: 'texts that became bytes',
    types: ['TEXT', 'bytea'],
    decided: { texts: 'bytes' },
    held: [`'hi'`],
    written: [`'hello'`],
    back: [`'hello'`],
  },
  {
    name: 'compact JSON',
    types: ['TEXT', 'jsonb'],
    held: [`'{"a":1,"b":"x, y: z"}'`],
    written: [`'{"b": "p, q", "c": [1, 2]}'`],
    back: [`'{"b":"p, q","c":[1,2]}'`],
  },
  {
    name: 'binary JSON',
    types: ['BLOB', 'jsonb'],
    decided: { blobs: 'binary-json' },
    held: [`jsonb('{"a":1}')`],
    written: [`'{"b": 2}'`],
    back: [`X'4C17621332'`],
  },
  {
    name: 'lists',
    types: ['TEXT', 'text[]'],
    held: [`'["a", "b"]'`],
    written: [`'{c,d}'`],
    back: [`'["c", "d"]'`],
  },
  {
    name: 'microseconds of a duration',
    types: ['INTEGER', 'interval'],
    decided: { numbers: 'microseconds' },
    held: ['90000000'],
    written: [`'1 day 00:00:01'`],
    back: ['86401000000'],
  },
  {
    name: 'clocks',
    types: ['TEXT', 'interval'],
    held: [`'01:30:00'`],
    written: [`'26:00:00'`, `'00:00:01.5'`],
    back: [`'26:00:00'`, `'00:00:01.5'`],
  },
  {
    name: 'times of day',
    types: ['TEXT', 'time'],
    held: [`'10:30'`],
    written: [`'11:15'`, `'11:15:01'`],
    back: [`'11:15'`, `'11:15:01'`],
  },
  {
    name: 'empty texts',
    types: ['TEXT', 'timestamp'],
    decided: { empty: 'null' },
    held: [`'2025-01-01 10:00:00'`, `''`],
    written: ['NULL', `'2025-02-01'`],
    back: [`''`, `'2025-02-01 00:00:00'`],
  },
  {
    name: 'empty texts and NULLs',
    types: ['TEXT', 'date'],
    decided: { empty: 'null', nulls: 'null' },
    held: [`'2025-01-01'`, `''`, 'NULL'],
    written: ['NULL'],
    back: ['NULL'],
  },
  {
    name: 'several forms, decided',
    types: ['TEXT', 'timestamptz'],
    decided: { back: 'YYYY-MM-DD HH:MM:SS' },
    held: [`'2025-01-01T10:00:00Z'`, `'2025-01-01 10:00:00'`],
    written: [`'2025-02-01 00:00:00+00'`],
    back: [`'2025-02-01 00:00:00'`],
  },
  {
    name: 'nothing yet, like the others of its type',
    types: ['TEXT', 'timetz'],
    held: ['NULL'],
    written: [`'10:00:00+02'`],
    back: [`'10:00:00+02'`],
  },
];

const named = KINDS.map((kind, i) => ({ ...kind, table: `t${i}` }));

async function withBench(
  [sqlite, postgres]: readonly [string, string],
  decisions: SourceDecisions,
  work: (bench: Bench) => Promise<void>,
): Promise<void> {
  const bench = await makeBench(sqlite, postgres, { mapping: { decisions } });
  try {
    await work(bench);
  } finally {
    await bench.drop();
  }
}

it('gives rows that come back the form that their column has', () => {
  const sqlite = named.flatMap(({ table, types, held }) => [
    `CREATE TABLE ${table} (id INTEGER PRIMARY KEY, v ${types[0]}, note TEXT)`,
    ...held.map((value) => `INSERT INTO ${table} (v) VALUES (${value})`),
  ]);
  const postgres = named.map(
    ({ table, types }) => `CREATE TABLE ${table} (id bigint PRIMARY KEY, v ${types[1]}, note text)`,
  );
  const columns = Object.fromEntries(
    named.flatMap(({ table, decided }) => (decided ? [[`${table}.v`, decided]] : [])),
  );
  return withBench([sqlite.join(';\n'), postgres.join(';\n')], { columns }, async (bench) => {
    const before = contents(bench);
    await start(bench.options());
    await finish(bench.options());
    for (const { table, written } of named) {
      // What is rewritten with the same value, and what is new.
      await bench.query(`UPDATE ${table} SET note = 'seen'`);
      for (const [i, value] of written.entries())
        await bench.query(`INSERT INTO ${table} (id, v) VALUES (${100 + i}, ${value})`);
    }
    await rollback(bench.options(undefined, { mapping: {} }));
    const after = contents(bench);
    for (const { name, table, back, held, decided } of named) {
      expect({ name, back: after[table]?.slice(held.length) }).toEqual({ name, back });
      if (decided?.nulls === undefined && decided?.back === undefined)
        expect({ name, kept: after[table]?.slice(0, held.length) }).toEqual({ name, kept: before[table] });
    }
  });
});

it('refuses at the start what has several forms, or would be cut off, and takes what it recommends', async () => {
  const sqlite = `
    CREATE TABLE mixed (id INTEGER PRIMARY KEY, v TEXT);
    INSERT INTO mixed (v) VALUES ('2025-01-01 10:00:00'), ('2025-01-01T10:00:00Z'), ('2025-01-01T11:00:00Z');
    CREATE TABLE words (id INTEGER PRIMARY KEY, v); INSERT INTO words (v) VALUES (1), ('yes');
    CREATE TABLE uuids (id INTEGER PRIMARY KEY, v TEXT);
    INSERT INTO uuids (v) VALUES ('A0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
    CREATE TABLE tokens (id INTEGER PRIMARY KEY, api_token TEXT);
    INSERT INTO tokens (api_token) VALUES ('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'), ('${UUID}');
    CREATE TABLE nulls (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO nulls (v) VALUES (''), (NULL);
    CREATE TABLE fine (id INTEGER PRIMARY KEY, v INTEGER, gone INTEGER); INSERT INTO fine (v) VALUES (1735689600123);`;
  const postgres = `
    CREATE TABLE mixed (id bigint PRIMARY KEY, v timestamptz);
    CREATE TABLE words (id bigint PRIMARY KEY, v boolean);
    CREATE TABLE uuids (id bigint PRIMARY KEY, v uuid);
    CREATE TABLE tokens (id bigint PRIMARY KEY, api_token uuid);
    CREATE TABLE nulls (id bigint PRIMARY KEY, v date);
    CREATE TABLE fine (id bigint PRIMARY KEY, v timestamptz, gone timestamptz)`;
  const columns = { 'nulls.v': { empty: 'null' }, 'fine.v': { numbers: 'epoch-milliseconds' } } as const;
  await withBench([sqlite, postgres], { columns }, async (bench) => {
    const refusal = (await start(bench.options()).catch((error: unknown) => error)) as TransferError;
    expect(refusal).toMatchObject({ kind: 'source-refused' });
    expect(refusal.message).toContain(
      'mixed.v holds YYYY-MM-DD HH:MM:SS (1, 2025-01-01 10:00:00), YYYY-MM-DDTHH:MM:SSZ (2, 2025-01-01T10:00:00Z)',
    );
    expect(refusal.message).toContain(
      'nulls.v holds NULL (1), "" (1), all of which PostgreSQL holds as NULL',
    );
    expect(refusal.message).toContain('tokens.api_token holds upper (1, (hidden)), lower (1, (hidden))');
    expect(await bench.states()).toBe('released none');
    const { next } = refusal;
    if (next?.step !== 'decide-forms') throw new Error(`next is ${next?.step}`);
    // What holds nothing is like the only other column of its type that was decided on.
    expect(next.columns.map(({ place }) => place)).toEqual(
      expect.arrayContaining(['mixed.v', 'words.v', 'uuids.v', 'nulls.v', 'fine.v']),
    );
    // Either way of the two.
    const bySql = next.columns.filter(({ place, sql }) => sql !== undefined && place !== 'fine.gone');
    expect(bySql).toHaveLength(1);
    for (const { sql } of bySql) await bench.query(sql ?? '');
    const decided: Record<string, object> = { ...columns };
    for (const { place, decide } of next.columns)
      if (!bySql.some((one) => one.place === place)) decided[place] = { ...decided[place], ...decide.at(-1) };
    await start(bench.options(undefined, { mapping: { decisions: { columns: decided } } }));
    const later = bench.options(undefined, { mapping: {} });
    await finish(later);
    await bench.query(`INSERT INTO mixed VALUES (9, '2025-02-01 00:00:00+00');
      INSERT INTO words VALUES (9, true); INSERT INTO uuids VALUES (9, '${UUID}'); INSERT INTO nulls VALUES (9, NULL);
      INSERT INTO fine VALUES (9, '2025-02-01 00:00:00.5+00', '2025-02-01 00:00:00.5+00')`);
    await rollback(later);
    const db = new Database(bench.file, { readonly: true });
    const of = (table: string) => db.prepare(`SELECT quote(v) FROM ${table} WHERE id = 9`).pluck().get();
    expect(['mixed', 'words', 'uuids', 'nulls', 'fine'].map(of)).toEqual([
      `'2025-02-01T00:00:00Z'`,
      `'yes'`,
      `'${UUID.toUpperCase()}'`,
      'NULL',
      '1738368000500',
    ]);
    expect(db.prepare('SELECT gone FROM fine WHERE id = 9').pluck().get()).toBe(1738368000500);
    db.close();
  });
});

it('refuses a form that there is not, and a column that is computed', async () => {
  const sqlite = `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, k TEXT); INSERT INTO t VALUES (1, 'true', 'a')`;
  const postgres = 'CREATE TABLE t (id bigint PRIMARY KEY, v boolean, k text)';
  const columns = { 't.v': { back: 'TRUE' } };
  await withBench([sqlite, postgres], { columns }, async (bench) => {
    await expect(start(bench.options())).rejects.toMatchObject({
      message: expect.stringContaining('t.v goes back as TRUE, as was decided, which is no form of boolean'),
      next: { step: 'decide-forms', columns: [{ place: 't.v', decide: [{ back: 'false/true' }] }] },
    });
    await bench.query('ALTER TABLE t ADD COLUMN hashed text');
    const tables = { t: { columns: { hashed: { from: 'k', derive: { kind: 'sha256-hex' } } } } } as const;
    await expect(start(bench.options(undefined, { mapping: { tables } }))).rejects.toMatchObject({
      message: expect.stringContaining('is computed from what the file holds'),
      next: { step: 'transfer-instead' },
    });
    const fetched = { through: { column: 'k', table: 't', key: 'id', value: 'k' } };
    const mapping = { tables: { t: { columns: { hashed: fetched } } } };
    await expect(start(bench.options(undefined, { mapping }))).rejects.toMatchObject({
      next: { step: 'decide-forms', columns: [{ place: 't.hashed', unfilled: 't.hashed' }] },
    });
    const seeded = { mapping: { tables: { t: { seeded: 'skip' as const } } } };
    await expect(start(bench.options(undefined, seeded))).rejects.toThrow(/begins with empty tables/);
    const left = { mapping: { ignoreTarget: ['t.hashed'] }, leaveBehind: ['t.hashed'] };
    await start(bench.options(undefined, left));
    await abort(bench.options());
    expect(await bench.states()).toBe('released none');
  });
});

it('finds rows by keys of every form, keeps what stays behind of them, and the names of the start for commands without a mapping', async () => {
  const id = (last: number) => `0000000000000000000000000000000${last}`;
  const sqlite = `
    CREATE TABLE Users (Id BLOB NOT NULL PRIMARY KEY, FullName TEXT, Legacy, "Legacy c1" AS (FullName || Id), Legacy2 INTEGER NOT NULL DEFAULT 7);
    INSERT INTO Users VALUES (x'${id(1)}', 'Ann', 5.0, 1), (x'${id(2)}', 'Bob', CAST(x'41ff00' AS TEXT), 2), (x'${id(3)}', 'Cid', 'z', 3);
    CREATE TABLE visits (at INTEGER NOT NULL, user BLOB NOT NULL REFERENCES Users (Id), n INTEGER, legacy, PRIMARY KEY (at, user));
    INSERT INTO visits VALUES (1735689600123, x'${id(1)}', 1, CAST(x'42fe' AS TEXT)), (1735689600124, x'${id(2)}', 2, 4611686018427387905);
    CREATE TABLE draft_a (id INTEGER PRIMARY KEY); INSERT INTO draft_a VALUES (1)`;
  const postgres = `
    CREATE TABLE people (id uuid PRIMARY KEY, full_name text);
    CREATE TABLE visits (at timestamptz(3), "user" uuid REFERENCES people, n bigint, PRIMARY KEY (at, "user"))`;
  const mapping: TransferMapping = {
    tables: { people: { source: 'Users', columns: { full_name: { from: 'FullName' } } } },
    decisions: {
      leaveBehind: ['Users.Legacy*', 'visits.legacy', 'draft*'],
      columns: {
        '*.Id': { blobs: 'uuid' },
        '*.user': { blobs: 'uuid' },
        '*.at': { numbers: 'epoch-milliseconds' },
      },
    },
  };
  const bench = await makeBench(sqlite, postgres);
  try {
    await start(bench.options(undefined, { mapping }));
    bench.writer.exec(
      `UPDATE visits SET n = 11 WHERE n = 1; INSERT INTO Users VALUES (x'${id(5)}', 'Eve', NULL, 5)`,
    );
    await finish(bench.options());
    await bench.query(`UPDATE people SET full_name = 'Anna' WHERE full_name = 'Ann'; UPDATE visits SET n = 12 WHERE n = 11;
      DELETE FROM people WHERE full_name = 'Cid'; UPDATE visits SET n = 22 WHERE n = 2;
      ALTER TABLE people ALTER COLUMN full_name TYPE text USING full_name || '';
      INSERT INTO people VALUES ('${id(4)}', 'Dan'); INSERT INTO visits VALUES ('2025-01-01 00:00:01+00', '${id(4)}', 4)`);
    await rollback(bench.options());
    const rows = (sql: string) => bench.writer.prepare(sql).raw().all();
    const held = (name: string) => `typeof(${name}) || ' ' || quote(CAST(${name} AS BLOB))`;
    // Copied as a whole.
    expect(rows(`SELECT hex(Id), FullName, ${held('Legacy')}, Legacy2 FROM Users ORDER BY Id`)).toEqual([
      [id(1), 'Anna', `real X'352E30'`, 1],
      [id(2), 'Bob', `text X'41FF00'`, 2],
      [id(4), 'Dan', 'null NULL', 7],
      [id(5), 'Eve', 'null NULL', 5],
    ]);
    // Followed by the log.
    expect(rows(`SELECT at, hex(user), n, ${held('legacy')} FROM visits ORDER BY at`)).toEqual([
      [1735689600123, id(1), 12, `text X'42FE'`],
      [
        1735689600124,
        id(2),
        22,
        `integer X'${Buffer.from('4611686018427387905').toString('hex').toUpperCase()}'`,
      ],
      [1735689601000, id(4), 4, 'null NULL'],
    ]);
    expect(rows('PRAGMA integrity_check')).toEqual([['ok']]);
  } finally {
    await bench.drop();
  }
});

it('names a value of which a column of the file would make another one, and how it can be changed', async () => {
  const bench = await makeBench(
    'CREATE TABLE m (id INTEGER PRIMARY KEY, v REAL, code STRING, bare)',
    'CREATE TABLE m (id int PRIMARY KEY, v float8, code text, bare float8)',
  );
  try {
    await start(bench.options());
    await finish(bench.options());
    await bench.query(
      `INSERT INTO m VALUES (1, 0, 'x', 0), (2, '-0', '007', '-0'), (3, 'Infinity', 'y', '-Infinity')`,
    );
    const refused = async () => String(await rollback(bench.options()).catch((error: unknown) => error));
    const zero = await refused();
    expect(zero).toMatch(/\(m, id=2, v: -0, of which a column REAL makes 0\): fix it there \(UPDATE/);
    await bench.query(/UPDATE .* = 0(?=\))/.exec(zero)?.[0] ?? '');
    expect(await refused()).toContain(
      '(m, id=2, code: "007", of which a column STRING makes 7): fix it there,',
    );
    await bench.query(`UPDATE m SET code = 'no. 007' WHERE id = 2`);
    await rollback(bench.options());
    const [, ...rows] = bench.writer.prepare('SELECT * FROM m ORDER BY id').raw().all();
    expect(rows).toEqual([
      [2, 0, 'no. 007', -0],
      [3, Number.POSITIVE_INFINITY, 'y', Number.NEGATIVE_INFINITY],
    ]);
  } finally {
    await bench.drop();
  }
});

function contents({ file }: Bench): Record<string, string[]> {
  const db = new Database(file, { readonly: true });
  try {
    return Object.fromEntries(
      named.map(({ table }) => [
        table,
        db.prepare(`SELECT quote(v) FROM ${table} ORDER BY id`).pluck().all() as string[],
      ]),
    );
  } finally {
    db.close();
  }
}

it('carries a column that the file alone computes, and one of a name that stays behind, but not back', async () => {
  const sqlite = `
    CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, u TEXT AS (upper(v)) STORED, l INTEGER AS (length(v)), note TEXT);
    INSERT INTO t (v, note) VALUES ('a', 'kept'), ('b', 'kept')`;
  const postgres = `CREATE TABLE t (id bigint PRIMARY KEY, v text, u text, l bigint GENERATED ALWAYS AS (length(v)) STORED, note text)`;
  await withBench([sqlite, postgres], {}, async (bench) => {
    const mapping = { decisions: { leaveBehind: ['t.no*'] } };
    await expect(start(bench.options(undefined, { mapping }))).rejects.toMatchObject({
      kind: 'target-unfit',
      message: expect.stringContaining(
        'column t.note; column t.u, which the file computes and PostgreSQL does not',
      ),
      next: { step: 'place-or-waive', leaveBehind: ['t.note', 't.u'] },
    });
    await start(bench.options(undefined, { mapping, leaveBehind: ['t.note', 't.u'] }));
    const later = bench.options(undefined, { mapping: {} });
    await finish(later);
    expect(await bench.query('SELECT v, u, l, note FROM t ORDER BY id')).toEqual([
      { v: 'a', u: 'A', l: '1', note: null },
      { v: 'b', u: 'B', l: '1', note: null },
    ]);
    await bench.query(
      `UPDATE t SET v = 'bcd', u = 'other', note = 'other' WHERE id = 1; INSERT INTO t (id, v) VALUES (3, 'x')`,
    );
    await rollback({ ...later, copyAll: true });
    const db = new Database(bench.file, { readonly: true });
    expect(db.prepare('SELECT v, u, l, note FROM t ORDER BY id').raw().all()).toEqual([
      ['bcd', 'BCD', 3, 'kept'],
      ['b', 'B', 1, 'kept'],
      ['x', 'X', 1, null],
    ]);
    db.close();
  });
});
