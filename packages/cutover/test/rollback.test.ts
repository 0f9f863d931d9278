import Database from 'better-sqlite3';
import fc from 'fast-check';
import pg from 'pg';
import { expect, it } from 'vitest';
import { abort, close, finish, rollback, start } from '../src/index.ts';
import {
  type Bench,
  type Between,
  dump,
  hasTraces,
  LONG,
  makeBench,
  rowsIn,
  rowsOf,
} from './support/bench.ts';

const SQLITE = `
  CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, mail TEXT UNIQUE);
  CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, person_id INTEGER NOT NULL REFERENCES people (id),
    amount TEXT, at TEXT, done INTEGER, body TEXT);
  CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO people SELECT i, 'name ' || i, 'mail' || i FROM n;
  INSERT INTO notes SELECT id, id, id || '.10', '2025-01-15T10:00:00.123456Z', id % 2, '{"a": 1}' FROM people;
  INSERT INTO settings VALUES ('a', '1'), ('b', '2');`;

const POSTGRES = `
  CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL, mail text UNIQUE);
  CREATE TABLE notes (id serial, person_id integer NOT NULL REFERENCES people (id), amount numeric,
    at timestamptz(6), done boolean, body jsonb, PRIMARY KEY (person_id, id));
  CREATE TABLE settings (name text PRIMARY KEY, value text);`;

const back = (bench: Bench, between?: Between) => bench.options(between);

async function served(sqlite = SQLITE, postgres = POSTGRES): Promise<Bench> {
  const bench = await makeBench(sqlite, postgres);
  await start(bench.options());
  await finish(bench.options());
  return bench;
}

/** Every row of the file as PostgreSQL prints it. */
async function expectEqual(bench: Bench): Promise<void> {
  const here = new Database(bench.file);
  const printed = here
    .prepare(
      `SELECT id, person_id, amount, replace(replace(at, 'T', ' '), 'Z', '+00') AS at, done, body FROM notes ORDER BY id`,
    )
    .raw()
    .all();
  const there = await bench.query<Record<string, unknown>>(
    `SELECT id, person_id, amount::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' AS at, done::int, body::text FROM notes ORDER BY id`,
  );
  expect(printed).toEqual(there.map((row) => Object.values(row)));
  const others = ['people', 'settings'];
  expect(rowsOf(here, others)).toEqual(await rowsIn(bench, others));
  here.close();
}

/** Statements of a service that has been taken over by PostgreSQL; some break its rules. */
function statements(seed: number, count: number): string[] {
  const id = fc.integer({ min: 1, max: 330 });
  const text = fc.constantFrom('a', 'b', 'ü', `it''s`, '');
  const one = fc.oneof(
    fc.tuple(text, id).map(([t, i]) => `INSERT INTO people (name, mail) VALUES ('${t}', 'new${i}')`),
    fc.tuple(id, text).map(([i, t]) => `UPDATE people SET name = '${t}' WHERE id % 37 = ${i} % 37`),
    fc.tuple(id, id).map(([i, j]) => `UPDATE people SET mail = 'mail${j}' WHERE id = ${i}`),
    fc
      .tuple(id, id)
      .map(
        ([i, j]) =>
          `INSERT INTO people (id, name, mail) VALUES (${i}, 'x', 'mail${j}') ON CONFLICT (id) DO UPDATE SET mail = excluded.mail`,
      ),
    fc
      .tuple(id, id)
      .map(
        ([i, j]) =>
          `INSERT INTO people (name, mail) VALUES ('y', 'mail${i}') ON CONFLICT (mail) DO UPDATE SET name = 'y${j}'`,
      ),
    fc.tuple(id).map(([i]) => `DELETE FROM people WHERE id = ${i}`),
    fc
      .tuple(id, id)
      .map(
        ([i, j]) =>
          `INSERT INTO notes (person_id, amount, at, done, body) VALUES (${i}, ${j}.00, '2025-03-01 12:00:00.5+02', true, '{"b": ${j}.50}')`,
      ),
    fc
      .tuple(id)
      .map(
        ([i]) =>
          `UPDATE notes SET amount = -amount, at = at + interval '1 microsecond', done = NOT done WHERE person_id = ${i}`,
      ),
    fc.tuple(id, id).map(([i, j]) => `UPDATE notes SET person_id = ${j} WHERE person_id = ${i}`),
    fc.tuple(id).map(([i]) => `DELETE FROM notes WHERE person_id = ${i}`),
    fc
      .tuple(text, id)
      .map(
        ([t, i]) =>
          `INSERT INTO settings VALUES ('${t}', '${i}') ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      ),
    fc.tuple(text, text).map(([s, t]) => `UPDATE settings SET name = '${s}' WHERE name = '${t}'`),
    fc
      .tuple(id)
      .map(([i]) => `BEGIN; DELETE FROM notes WHERE person_id < ${i}; DELETE FROM settings; ROLLBACK`),
    fc.constant('DELETE FROM settings'),
  );
  return fc.sample(fc.array(one, { minLength: count, maxLength: count }), {
    numRuns: 1,
    seed,
  })[0] as string[];
}

/** Runs statements until none is left or PostgreSQL takes no more. @returns how many were refused by its fence */
async function work(url: string, list: string[], done: () => void = () => undefined): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let refused = 0;
  for (const statement of list) {
    try {
      await client.query(statement);
      done();
    } catch (error) {
      const { code = '', message } = error as { code?: string; message: string };
      if (message.startsWith('vatevo_cutover_fence')) refused++;
      else if (!code.startsWith('23')) throw error;
      await client.query('ROLLBACK');
    }
  }
  await client.end();
  return refused;
}

it('brings thousands of changes of every kind back, made before and meanwhile', async () => {
  const bench = await served();
  try {
    await work(bench.url, statements(1, LONG ? 8_000 : 400));
    let written = 0;
    const count = () => void written++;
    const meanwhile = Promise.all(
      [2, 3, 4].map((seed) => work(bench.url, statements(seed, LONG ? 1_000 : 100), count)),
    );
    await expect.poll(() => written, { interval: 1 }).toBeGreaterThan(0);
    const done = await rollback(back(bench));
    await meanwhile;
    expect(done.outcome).toBe('failed-back');
    expect(await bench.states()).toBe('released failed-back');
    await expectEqual(bench);
    expect(hasTraces(bench.file)).toBe(false);
    // An id that PostgreSQL assigned is not assigned again.
    const [{ last } = { last: '' }] = await bench.query<{ last: string }>(
      `SELECT last_value::text AS last FROM people_id_seq`,
    );
    const { lastInsertRowid } = bench.writer.prepare(`INSERT INTO people (name) VALUES ('here')`).run();
    expect(BigInt(lastInsertRowid)).toBeGreaterThan(BigInt(last));
    await expect(bench.query(`INSERT INTO people (name) VALUES ('there')`)).rejects.toMatchObject({
      code: '25006',
    });
    expect(await rollback(back(bench))).toMatchObject({ outcome: 'already-failed-back' });

    // And again in the other direction.
    await start(bench.options());
    await expect(bench.query(`INSERT INTO people (name) VALUES ('there')`)).rejects.toMatchObject({
      code: '25006',
    });
    bench.writer.exec(`UPDATE people SET name = 'second' WHERE id % 2 = 0`);
    await finish(bench.options());
    await expectEqual(bench);
    await bench.query(`INSERT INTO people (name) VALUES ('there')`);
    await close(bench.options());
    expect(await close(bench.options())).toEqual({ outcome: 'already-closed' });
    await expect(rollback(back(bench))).rejects.toMatchObject({
      kind: 'wrong-state',
      message: /the move was closed/,
      next: { step: 'by-hand' },
    });
    expect(() => bench.writer.exec(`INSERT INTO people (name) VALUES ('here')`)).toThrow(
      /vatevo_cutover_fence/,
    );
    await bench.query(`INSERT INTO people (name) VALUES ('there')`);
    await bench.query('TRUNCATE notes');
  } finally {
    await bench.drop();
  }
});

it('loses nothing of transactions that are under way and commit late', async () => {
  const bench = await served();
  const client = new pg.Client({ connectionString: bench.url });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`INSERT INTO people (name, mail) VALUES ('late', 'late')`);
    await work(bench.url, statements(9, 60));
    // It is under way while the snapshots are taken, and ends when the fence waits for it.
    let ended = false;
    const done = await rollback(
      back(bench, async (sql) => {
        if (ended || !/LOCK TABLE/.test(sql)) return;
        ended = true;
        setTimeout(() => void client.query(`UPDATE settings SET value = 'late'; COMMIT`), 700);
      }),
    );
    expect(done.outcome).toBe('failed-back');
    await expectEqual(bench);
    expect(bench.writer.prepare(`SELECT count(*) FROM people WHERE name = 'late'`).pluck().get()).toBe(1);
  } finally {
    await client.end();
    await bench.drop();
  }
});

const UNHELD: readonly [what: string, write: string, fix: string][] = [
  ['NaN', `UPDATE notes SET amount = 'NaN' WHERE id = 7`, 'UPDATE notes SET amount = 7.00 WHERE id = 7'],
  [
    'infinite time',
    `UPDATE notes SET at = 'infinity' WHERE id = 7`,
    'UPDATE notes SET at = now() WHERE id = 7',
  ],
  [
    'the year 10000',
    `UPDATE notes SET at = '10000-01-01 00:00:00+00' WHERE id = 7`,
    'UPDATE notes SET at = now() WHERE id = 7',
  ],
  [
    'a year before Christ',
    `UPDATE notes SET at = '0044-03-15 00:00:00+00 BC' WHERE id = 7`,
    'UPDATE notes SET at = now() WHERE id = 7',
  ],
  [
    'an id that two rows share',
    `INSERT INTO notes (id, person_id) VALUES (7, 8)`,
    'DELETE FROM notes WHERE id = 7 AND person_id = 8',
  ],
];

it('refuses what SQLite cannot hold before anybody is fenced, and goes on when it is fixed', async () => {
  const bench = await served();
  try {
    for (const [what, write, fix] of UNHELD.filter((_, i) => LONG || i % 2 === 0)) {
      await bench.query(write);
      const sent: string[] = [];
      await expect(rollback(back(bench, (sql) => void sent.push(sql))), what).rejects.toMatchObject({
        kind: 'source-refused',
        message: /SQLite cannot hold.*\(notes, \w+=/,
      });
      expect(
        sent.filter((sql) => /LOCK TABLE|CREATE TRIGGER/.test(sql)),
        what,
      ).toEqual([]);
      expect(await bench.states()).toBe('handed-over serving');
      await bench.query(fix);
    }
    await expect(bench.query('TRUNCATE settings')).rejects.toMatchObject({ code: '0A000', message: /close/ });
    expect((await rollback(back(bench))).outcome).toBe('failed-back');
    await expectEqual(bench);
  } finally {
    await bench.drop();
  }
});

it('resumes after its connection was cut anywhere, and never do both take writes', async () => {
  const bench = await served();
  try {
    const probe = async () => {
      const here = attempt(() =>
        bench.writer.exec(
          `INSERT INTO settings VALUES ('probe', 'here'); DELETE FROM settings WHERE name = 'probe'`,
        ),
      );
      const there = await bench.query(`UPDATE settings SET value = value`).then(
        () => true,
        () => false,
      );
      expect([here, there]).not.toEqual([true, true]);
      return { here, there };
    };
    let messages = 0;
    const step = LONG ? 1 : 17;
    for (let at = 2; ; at += step) {
      await bench.query(`INSERT INTO people (name) VALUES ('at ${at}')`).catch(() => undefined);
      messages = 0;
      const outcome = await rollback(
        back(bench, (_, cut) => {
          if (messages++ === at) cut();
        }),
      ).then(
        () => 'failed-back',
        () => 'failed',
      );
      const { here } = await probe();
      if (outcome === 'failed-back') {
        expect(here).toBe(true);
        break;
      }
      // A transaction whose session is gone may live a little longer.
      if (here) {
        expect(await rollback(back(bench))).toMatchObject({ outcome: 'already-failed-back' });
        break;
      }
    }
    expect(await bench.states()).toBe('released failed-back');
    await expectEqual(bench);
    expect(hasTraces(bench.file)).toBe(false);
  } finally {
    await bench.drop();
  }
}, 600_000);

function attempt(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

it.runIf(LONG)('serves on when a transaction does not end, and says so', async () => {
  const bench = await served();
  const client = new pg.Client({ connectionString: bench.url });
  await client.connect();
  try {
    await client.query(`BEGIN; UPDATE settings SET value = 'held'`);
    await expect(rollback(back(bench))).rejects.toMatchObject({ kind: 'locked', message: /does not end/ });
    expect(await bench.states()).toBe('handed-over serving');
    await client.query('COMMIT');
    await bench.query(`UPDATE settings SET value = 'served'`);
    expect((await rollback(back(bench))).outcome).toBe('failed-back');
    await expectEqual(bench);
    await abort(bench.options());
    expect(dump(bench.writer).some((line) => line.includes('vatevo'))).toBe(false);
  } finally {
    await client.end();
    await bench.drop();
  }
});
