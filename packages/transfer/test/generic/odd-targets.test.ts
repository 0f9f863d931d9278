import { inspectSource, transfer } from '@vatevo/transfer';
import { expect, it } from 'vitest';
import { makePair } from '../support.ts';

/*
 * What a target does with rows beyond what its types say is found before any is loaded.
 */

interface Case {
  readonly name: string;
  readonly sqlite: string;
  readonly postgres: string;
  /** Rows that are refused, each with its column and why. */
  readonly refused: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: 'a CHECK that cannot be computed for some rows',
    sqlite: `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'x'), (2, '5'), (3, '1'), (4, NULL)`,
    postgres: 'CREATE TABLE t (id int PRIMARY KEY, a text CONSTRAINT large CHECK (a::int > 3))',
    refused: ['id=1 a', 'id=3 a'],
  },
  {
    name: 'a foreign key that takes no NULL beside other values',
    sqlite: `CREATE TABLE p (a INT, b INT, PRIMARY KEY (a, b)); INSERT INTO p VALUES (1, 1);
      CREATE TABLE c (id INTEGER PRIMARY KEY, a INT, b INT); INSERT INTO c VALUES (1, 1, NULL), (2, 1, 1), (3, NULL, NULL), (4, 2, 2)`,
    postgres: `CREATE TABLE p (a int, b int, PRIMARY KEY (a, b));
      CREATE TABLE c (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES p MATCH FULL)`,
    refused: ['id=4 a, b', 'id=1 a, b'],
  },
  {
    name: 'a collation that takes one text for another',
    sqlite: `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'é'), (2, 'É'), (3, 'e'), (4, NULL), (5, NULL)`,
    postgres: `CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      CREATE TABLE t (id int PRIMARY KEY, a text COLLATE folding UNIQUE)`,
    refused: ['id=1 a', 'id=2 a'],
  },
  {
    name: 'intervals of some fields alone',
    sqlite: `CREATE TABLE t (id INTEGER PRIMARY KEY, m TEXT, h TEXT, y TEXT, d TEXT);
      INSERT INTO t VALUES (1, '01:30', '2 days 03:00', '2 years', '3 days'), (2, '01:30:10', '03:04', '2 years 1 mon', '3 days 01:00')`,
    postgres: `CREATE TABLE t (id int PRIMARY KEY, m interval hour to minute, h interval day to hour, y interval year, d interval day)`,
    refused: ['id=2 d', 'id=2 h', 'id=2 m', 'id=2 y'],
  },
];

it.each(cases)('$name', async ({ sqlite, postgres, refused }) => {
  const pair = await makePair(sqlite, postgres);
  try {
    const { refusals } = await inspectSource(pair.endpoints);
    expect(refusals.map(({ key, column }) => `${key} ${column}`).toSorted()).toEqual(refused.toSorted());
    const done = await transfer({ ...pair.endpoints, quarantine: true });
    expect(done).toMatchObject({ verification: { equal: true } });
  } finally {
    await pair.drop();
  }
});

it('a column that the target computes otherwise than the source', async () => {
  const pair = await makePair(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, half INTEGER AS (n / 2) STORED, name TEXT, upper TEXT AS (upper(name)));
     INSERT INTO t (id, n, name) VALUES (1, 4, 'a'), (2, 5, 'é'), (3, NULL, NULL), (4, -3, 'z')`,
    `CREATE TABLE t (id int PRIMARY KEY, n int, half int GENERATED ALWAYS AS (n >> 1) STORED, name text,
       upper text GENERATED ALWAYS AS (upper(name)) STORED)`,
  );
  try {
    const { refusals } = await inspectSource(pair.endpoints);
    expect(refusals.map(({ key, column, value, reason }) => [key, column, value, reason])).toEqual([
      ['id=2', 'upper', 'é', 'the target computes another value for t.upper'],
      ['id=4', 'half', '-1', 'the target computes another value for t.half'],
    ]);
    await expect(transfer(pair.endpoints)).rejects.toMatchObject({ kind: 'source-refused' });
    const decisions = { leaveBehind: ['t.half', 't.upper'] };
    expect(await transfer({ ...pair.endpoints, mapping: { decisions } })).toMatchObject({
      verification: { equal: true },
    });
  } finally {
    await pair.drop();
  }
});

it('rows of another table among those of a target, which the refusal parts', async () => {
  const pair = await makePair(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT); INSERT INTO t VALUES (1, 'a');
     CREATE TABLE c (id INTEGER PRIMARY KEY, k TEXT); INSERT INTO c VALUES (2, 'b')`,
    'CREATE TABLE t (id int PRIMARY KEY, k text); CREATE TABLE c () INHERITS (t)',
  );
  try {
    const refusal = await inspectSource(pair.endpoints).then(
      () => new Error('passed'),
      (error: Error) => error,
    );
    const [remedy = ''] = /ALTER TABLE \S+ NO INHERIT \S+(?=,)/.exec(refusal.message) ?? [];
    await pair.query(remedy);
    expect((await transfer(pair.endpoints)).verification?.equal).toBe(true);
  } finally {
    await pair.drop();
  }
});

const REFUSE = (when: string) => `
  CREATE FUNCTION keep_out() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ask the owner'; END $$;
  CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
  CREATE EVENT TRIGGER harmless ON ddl_command_end EXECUTE FUNCTION watch();
  CREATE EVENT TRIGGER "Keep out" ON ${when} EXECUTE FUNCTION keep_out();`;

it.each([
  ['ddl_command_end', 'CREATE SCHEMA, CREATE TABLE, CREATE TABLE AS'],
  [`ddl_command_start WHEN TAG IN ('CREATE INDEX')`, 'CREATE INDEX'],
  ['sql_drop', 'ALTER TABLE, DROP INDEX, DROP TABLE'],
])('an event trigger that refuses commands of a transfer: %s', async (when, commands) => {
  const pair = await makePair(
    'CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE); INSERT INTO t VALUES (1, 1)',
    'CREATE TABLE t (id int PRIMARY KEY, a text UNIQUE)',
  );
  try {
    await pair.query(REFUSE(when));
    const refusal = {
      kind: 'target-unfit',
      message: expect.stringContaining(
        `: the event trigger "Keep out" (function keep_out()) refuses ${commands} ("ask the owner"): let its owner `,
      ),
    };
    await expect(inspectSource(pair.endpoints)).rejects.toMatchObject(refusal);
    const { message } = (await transfer(pair.endpoints).catch((error: unknown) => error)) as Error;
    expect(message).toEqual(refusal.message);
    expect(await pair.query(`SELECT FROM pg_class WHERE relname LIKE 'vatevo%'`)).toEqual([]);
    const [, disable = ''] = /run (ALTER EVENT TRIGGER .* DISABLE)/.exec(message) ?? [];
    await pair.query(disable);
    expect(await transfer(pair.endpoints)).toMatchObject({ verification: { equal: true } });
  } finally {
    await pair.drop();
  }
});
