import { TransferError } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { abort, finish, type MoveOptions, type ReturnFormat, rollback, start } from '../src/index.ts';
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

/*
 * What becomes of a failback when the schema is changed while it is open.
 */

const SQLITE = `CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, mail TEXT);
  CREATE TABLE pets (id INTEGER PRIMARY KEY AUTOINCREMENT, person_id INTEGER NOT NULL REFERENCES people (id), name TEXT);
  INSERT INTO people VALUES (1, 'a', 'a@'), (2, 'b', 'b@'), (3, 'c', NULL);
  INSERT INTO pets VALUES (1, 1, 'x'), (2, 2, 'y');`;
const POSTGRES = `CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL, mail text);
  CREATE TABLE pets (id serial, person_id integer NOT NULL REFERENCES people (id), name text, PRIMARY KEY (person_id, id));`;

/** A migration for both databases. */
interface Migration {
  readonly postgres: string;
  readonly sqlite: string;
}

/** What a release knows of SQLite files: those of its migrations that PostgreSQL has. */
class Release implements ReturnFormat {
  readonly mapping = { leaveBehind: ['applied'] };
  readonly #migrations: Migration[] = [{ postgres: '', sqlite: SQLITE.replace(/INSERT.*/gs, '') }];

  async missing(file: string): Promise<string[]> {
    const db = new Database(file);
    db.exec('CREATE TABLE IF NOT EXISTS applied (n INTEGER PRIMARY KEY)');
    const applied = db.prepare('SELECT n FROM applied').pluck().all() as number[];
    // The file that the move came from was not made here.
    if (applied.length === 0 && db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'people'`).get()) {
      db.exec('INSERT INTO applied VALUES (0)');
      applied.push(0);
    }
    db.close();
    return [...this.#migrations.keys()].filter((n) => !applied.includes(n)).map(String);
  }

  async deploy(file: string): Promise<void> {
    for (const n of await this.missing(file)) {
      const db = new Database(file);
      db.pragma('foreign_keys = OFF');
      db.exec(`${this.#migrations[Number(n)]?.sqlite}; INSERT INTO applied VALUES (${n})`);
      db.close();
    }
  }

  async newer(): Promise<string[]> {
    return [];
  }

  async migrate(bench: Bench, migration: Migration): Promise<void> {
    await bench.query(migration.postgres);
    this.#migrations.push(migration);
  }
}

async function served(more: Partial<MoveOptions> = {}, mode = 'delete'): Promise<Bench> {
  const bench = await makeBench(`PRAGMA journal_mode = ${mode}; ${SQLITE}`, POSTGRES);
  onTestFinished(() => bench.drop());
  await start(bench.options(undefined, more));
  await finish(bench.options(undefined, more));
  return bench;
}

const on = (release: Release) => ({ returning: release, mapping: release.mapping });

const back = (bench: Bench, more: Partial<Parameters<typeof rollback>[0]> = {}, between?: Between) =>
  rollback({ ...bench.options(between), ...more });

async function expectEqual(bench: Bench, ...tables: string[]): Promise<void> {
  const db = new Database(bench.file, { readonly: true });
  expect(rowsOf(db, tables)).toEqual(await rowsIn(bench, tables));
  db.close();
}

/** What has no place in the file: a change of PostgreSQL, what it is called, what undoes it. */
const NO_PLACE: readonly [kind: string, ddl: string, name: string, undo: string][] = [
  [
    'a new table',
    'CREATE TABLE notes (id int PRIMARY KEY); INSERT INTO notes VALUES (1)',
    'notes',
    'DROP TABLE notes',
  ],
  ['a new table without rows', 'CREATE TABLE notes (id int PRIMARY KEY)', 'notes', 'DROP TABLE notes'],
  [
    'a new partitioned table',
    'CREATE TABLE notes (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE notes_1 PARTITION OF notes FOR VALUES FROM (0) TO (9)',
    'notes',
    'DROP TABLE notes',
  ],
  [
    'a new column',
    `ALTER TABLE people ADD COLUMN age int`,
    'people.age',
    'ALTER TABLE people DROP COLUMN age',
  ],
  [
    'a new column that must have a value',
    `ALTER TABLE people ADD COLUMN age int NOT NULL DEFAULT 7`,
    'people.age',
    'ALTER TABLE people DROP COLUMN age',
  ],
  [
    'a column of a type that SQLite has no form for',
    `ALTER TABLE people ALTER COLUMN mail TYPE jsonpath USING to_json(mail)::text::jsonpath`,
    'people.mail',
    `ALTER TABLE people ALTER COLUMN mail TYPE text USING mail::text::jsonb #>> '{}'`,
  ],
  [
    'a renamed column',
    'ALTER TABLE people RENAME COLUMN mail TO email',
    'people.email',
    'ALTER TABLE people RENAME COLUMN email TO mail',
  ],
  ['a renamed table', 'ALTER TABLE pets RENAME TO animals', 'animals', 'ALTER TABLE animals RENAME TO pets'],
  ['a new unique key', 'CREATE UNIQUE INDEX mails ON people (mail)', 'people.mails', 'DROP INDEX mails'],
  ['a sequence of its own', 'CREATE SEQUENCE numbers', 'numbers', 'DROP SEQUENCE numbers'],
  [
    'a table in another schema',
    'CREATE SCHEMA other; CREATE TABLE other.t (id int)',
    'other.t',
    'DROP SCHEMA other CASCADE',
  ],
  [
    'a table without a key',
    'ALTER TABLE pets DROP CONSTRAINT pets_pkey',
    'pets, which has no primary key',
    'ALTER TABLE pets ADD PRIMARY KEY (person_id, id)',
  ],
  [
    'a table that another one inherits from',
    'CREATE TABLE pups () INHERITS (pets)',
    'pups',
    'DROP TABLE pups',
  ],
];

it('refuses by name what has no place in the file, while PostgreSQL goes on serving', async () => {
  const bench = await served();
  for (const [kind, ddl, name, undo] of NO_PLACE.filter((_, i) => LONG || i % 3 === 0)) {
    await bench.query(ddl);
    const sent: string[] = [];
    const refusal = await back(bench, {}, (sql) => void sent.push(sql)).catch((error) => error);
    expect(refusal, kind).toMatchObject({ kind: 'target-unfit' });
    expect(`${refusal.message} ${JSON.stringify(refusal.next)}`, kind).toContain(name);
    expect(sent.filter((sql) => /LOCK TABLE|CREATE TRIGGER/.test(sql))).toEqual([]);
    expect(await bench.states()).toBe('handed-over serving');
    await bench.query(undo);
  }
  await bench.query(`UPDATE people SET name = name || '!'`);
  expect((await back(bench)).outcome).toBe('failed-back');
  await expectEqual(bench, 'people', 'pets');
});

it('goes back without what is named, by the very words of the refusal', async () => {
  const bench = await served();
  await bench.query(`
    CREATE TABLE notes (id int PRIMARY KEY); INSERT INTO notes VALUES (1);
    ALTER TABLE people ADD COLUMN age int NOT NULL DEFAULT 7; ALTER TABLE people DROP COLUMN mail;
    ALTER TABLE people ADD COLUMN tags jsonpath; CREATE UNIQUE INDEX names ON people (name);
    CREATE SEQUENCE numbers; CREATE SCHEMA other; CREATE TABLE other."T x" (id int); DROP TABLE pets;
    UPDATE people SET name = name || '!'`);
  const refusal = await back(bench).catch((error) => error as TransferError);
  const next = refusal instanceof TransferError ? refusal.next : undefined;
  expect(next).toEqual({
    step: 'place-or-waive',
    direction: 'failback',
    leaveBehind: ['numbers', 'notes', 'people.tags', 'people.age', 'people.names', 'people.mail', 'pets'],
    notOurs: ['other.T x', 'notes'],
    newer: [],
  });
  const leaveBehind = next?.step === 'place-or-waive' ? next.leaveBehind : [];
  const decided = { leaveBehind, notOurs: ['other.T x'] };
  await expect(
    back(bench, { ...decided, leaveBehind: [...decided.leaveBehind, 'peolpe'] }),
  ).rejects.toMatchObject({
    message: /peolpe decides nothing/,
    next: { step: 'correct-name', direction: 'failback', decision: 'leave-behind', name: 'peolpe' },
  });
  expect(await back(bench, decided)).toMatchObject({
    outcome: 'failed-back',
    leftBehind: decided.leaveBehind,
  });
  const db = new Database(bench.file, { readonly: true });
  expect(db.prepare('SELECT name, mail FROM people ORDER BY id').raw().all()).toEqual([
    ['a!', 'a@'],
    ['b!', 'b@'],
    ['c!', null],
  ]);
  expect(db.prepare('SELECT count(*) FROM pets').pluck().get()).toBe(2);
  db.close();
});

const MIGRATIONS: readonly [kind: string, migration: Migration, work: string, tables: string[]][] = [
  [
    'a table with its rows',
    {
      postgres: 'CREATE TABLE notes (id serial PRIMARY KEY, person_id int REFERENCES people (id), text text)',
      sqlite:
        'CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, person_id INTEGER REFERENCES people (id), text TEXT)',
    },
    `INSERT INTO notes (person_id, text) SELECT 1, 'n' || i FROM generate_series(1, 5000) i`,
    ['people', 'pets', 'notes'],
  ],
  [
    'a table whose key is longer than any before',
    {
      postgres: 'CREATE TABLE wide (a int, b int, c text, d text, PRIMARY KEY (a, b, c))',
      sqlite:
        'CREATE TABLE wide (a INTEGER NOT NULL, b INTEGER NOT NULL, c TEXT NOT NULL, d TEXT, PRIMARY KEY (a, b, c))',
    },
    `INSERT INTO wide SELECT i, i, 'c', 'd' FROM generate_series(1, 10) i`,
    ['people', 'wide'],
  ],
  [
    'a column whose default each database makes by itself',
    {
      postgres: `ALTER TABLE people ADD COLUMN lucky text NOT NULL DEFAULT 'pg'; ALTER TABLE people ADD COLUMN more text`,
      sqlite: `ALTER TABLE people ADD COLUMN lucky TEXT NOT NULL DEFAULT 'lite'; ALTER TABLE people ADD COLUMN more TEXT`,
    },
    `UPDATE people SET more = 'm' WHERE id = 2`,
    ['people', 'pets'],
  ],
  [
    'a table that SQLite builds anew',
    {
      postgres: 'ALTER TABLE people DROP COLUMN mail',
      sqlite: `CREATE TABLE new_people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
        INSERT INTO new_people SELECT id, name FROM people; DROP TABLE people; ALTER TABLE new_people RENAME TO people`,
    },
    `UPDATE people SET name = 'changed' WHERE id = 2; DELETE FROM people WHERE id = 3`,
    ['people', 'pets'],
  ],
  [
    'a key of other columns and another type',
    {
      postgres: `ALTER TABLE pets DROP CONSTRAINT pets_pkey; ALTER TABLE pets ADD PRIMARY KEY (id); ALTER TABLE pets ALTER COLUMN name TYPE int USING 5`,
      sqlite: `CREATE TABLE new_pets (id INTEGER PRIMARY KEY AUTOINCREMENT, person_id INTEGER NOT NULL, name INTEGER); DROP TABLE pets; ALTER TABLE new_pets RENAME TO pets`,
    },
    `UPDATE pets SET name = 6 WHERE id = 1`,
    ['people', 'pets'],
  ],
  [
    'a dropped table',
    { postgres: 'DROP TABLE pets', sqlite: 'DROP TABLE pets' },
    `UPDATE people SET name = 'changed'`,
    ['people'],
  ],
];

it.for(MIGRATIONS.filter((_, i) => LONG || i % 3 === 0))(
  'brings back %s of a migration that came meanwhile',
  async ([, migration, work, tables]) => {
    const release = new Release();
    // In either journal mode; the writer of before has the file open all the time.
    const bench = await served(on(release), migration.sqlite.includes('new_people') ? 'wal' : 'delete');
    await bench.query(`UPDATE people SET name = 'before' WHERE id = 1`);
    await release.migrate(bench, migration);
    await bench.query(work);
    const done = await back(bench, on(release));
    expect(done).toMatchObject({ outcome: 'failed-back', migrations: ['1'], strays: [], leftBehind: [] });
    await expectEqual(bench, ...tables);
    expect(hasTraces(bench.file)).toBe(false);
    const db = new Database(bench.file);
    expect(dump(db).some((line) => line.includes('vatevo'))).toBe(false);
    db.close();
    // Each of them is behind the fence.
    for (const table of tables) {
      await expect(bench.query(`DELETE FROM ${table}`), table).rejects.toMatchObject({ code: '25006' });
    }
    // And there again, with more, and back: whatever was brought along, as it is in the file then.
    if (!LONG) return;
    await start(bench.options(undefined, on(release)));
    await finish(bench.options(undefined, on(release)));
    await expectEqual(bench, ...tables);
    await bench.query(`INSERT INTO people (name) VALUES ('second')`);
    await back(bench, on(release));
    await expectEqual(bench, ...tables);
  },
);

const NOTES: Migration = {
  postgres:
    'CREATE TABLE notes (id serial PRIMARY KEY, text text); ALTER TABLE people ADD COLUMN age int DEFAULT 1',
  sqlite:
    'CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT); ALTER TABLE people ADD COLUMN age INTEGER DEFAULT 2',
};

it('resumes a failback with a migration after its connection was cut anywhere', async () => {
  const release = new Release();
  const bench = await served(on(release));
  await release.migrate(bench, NOTES);
  await bench.query(`INSERT INTO notes (text) SELECT 'n' || i FROM generate_series(1, 100) i`);
  for (let at = 8; ; at += LONG ? 7 : 29) {
    let messages = 0;
    await bench.query(`INSERT INTO notes (text) VALUES ('at ${at}')`).catch(() => undefined);
    const done = await back(bench, on(release), (_, cut) => {
      if (messages++ === at) cut();
    }).catch(() => undefined);
    if (done) break;
    const here = attempt(() =>
      bench.writer.exec(`INSERT INTO pets VALUES (99, 1, 'probe'); DELETE FROM pets WHERE id = 99`),
    );
    if (here) expect(await back(bench, on(release))).toMatchObject({ outcome: 'already-failed-back' });
    if (here) break;
  }
  await expectEqual(bench, 'people', 'pets', 'notes');
  expect(hasTraces(bench.file)).toBe(false);
});

function attempt(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

it('finds what is made while it goes back, behind the fence as well', async () => {
  const bench = await served();
  // Before the fence, and behind it.
  for (const when of [/pg_current_snapshot/, /count\(\*\) FROM "public"."pets"/]) {
    let done = false;
    const disturb: Between = async (sql) => {
      if (done || !when.test(sql)) return;
      done = true;
      await bench.query('CREATE TABLE notes (id int PRIMARY KEY); INSERT INTO notes VALUES (1)');
    };
    await expect(back(bench, {}, disturb)).rejects.toMatchObject({
      kind: 'wrong-state',
      message: /changed while this command ran \(table notes\).*run the same command again/,
    });
    expect(done).toBe(true);
    expect(await bench.states()).toBe('handed-over serving');
    await bench.query(`UPDATE people SET name = 'served'; DROP TABLE notes`);
  }
  // Too late to be taken along: it is named, and takes no more writes.
  let made = false;
  const done = await back(bench, {}, async () => {
    if (made || bench.writer.prepare('SELECT state FROM vatevo_cutover').pluck().get() !== 'open') return;
    made = true;
    await bench.query('CREATE TABLE notes (id int PRIMARY KEY); INSERT INTO notes VALUES (1)');
  });
  expect(done).toMatchObject({ outcome: 'failed-back', strays: ['notes'] });
  await expect(bench.query('INSERT INTO notes VALUES (2)')).rejects.toMatchObject({ code: '25006' });
  await expect(start(bench.options())).rejects.toMatchObject({
    kind: 'target-unfit',
    message: /table notes/,
    next: { step: 'place-or-waive', direction: 'forward', leaveBehind: ['notes'], notOurs: ['notes'] },
  });
});

it('leaves what was left behind alone, until it is said to go', async () => {
  const bench = await served();
  await bench.query(`CREATE TABLE notes (id int PRIMARY KEY, person_id int REFERENCES people (id)); INSERT INTO notes VALUES (1, 1);
    ALTER TABLE people ADD COLUMN age int; UPDATE people SET age = 5`);
  await back(bench, { leaveBehind: ['notes', 'people.age'] });
  await expect(bench.query('DELETE FROM notes')).rejects.toMatchObject({ code: '25006' });
  const not = { leaveBehind: ['notes', 'people.age'] };
  await expect(start(bench.options(undefined, not))).rejects.toMatchObject({
    kind: 'target-not-empty',
    message: /notes, people.age/,
    next: { step: 'discard-left-behind' },
  });
  expect(await bench.query('SELECT * FROM notes')).toHaveLength(1);
  await start(bench.options(undefined, { ...not, discardLeftBehind: true }));
  await finish(bench.options());
  await expectEqual(bench, 'pets');
  // What was decided is kept.
  expect(await back(bench)).toMatchObject({ outcome: 'failed-back', leftBehind: ['notes', 'people.age'] });
});

it('leaves tables of other applications alone, forward and at failback', async () => {
  const bench = await makeBench(
    SQLITE,
    `${POSTGRES}; CREATE TABLE theirs (n int); INSERT INTO theirs VALUES (1); CREATE SCHEMA a; CREATE TABLE a.b (n int); CREATE TABLE a.c (n int)`,
  );
  onTestFinished(() => bench.drop());
  await expect(start(bench.options())).rejects.toMatchObject({
    kind: 'target-unfit',
    message: /a\.b.*a\.c.*theirs/,
    next: { step: 'place-or-waive', notOurs: ['a.b', 'a.c', 'theirs'] },
  });
  expect(await bench.states()).toBe('released none');
  for (const wrong of ['people', 'thiers', 'x.*']) {
    await expect(start(bench.options(undefined, { notOurs: [wrong] }))).rejects.toMatchObject({
      message: expect.stringContaining(`${wrong} decides nothing`),
      next: { step: 'correct-name', direction: 'forward', decision: 'not-ours', name: wrong },
    });
  }
  const theirs = () => bench.query('INSERT INTO theirs VALUES (2); INSERT INTO a.b VALUES (2)');
  await start(bench.options(undefined, { notOurs: ['theirs', 'a.*'] }));
  await theirs();
  await finish(bench.options());
  await theirs();
  expect((await back(bench)).outcome).toBe('failed-back');
  await theirs();
  await start(bench.options());
  await theirs();
  await abort(bench.options());
  expect(await bench.query('SELECT FROM theirs')).toHaveLength(5);
});

it('finds tables that come between start and finish', async () => {
  const bench = await makeBench(SQLITE, POSTGRES);
  onTestFinished(() => bench.drop());
  await start(bench.options());
  await bench.query('CREATE TABLE notes (id int PRIMARY KEY); INSERT INTO notes VALUES (1)');
  await expect(finish(bench.options())).rejects.toMatchObject({
    kind: 'target-unfit',
    message: /table notes/,
  });
  expect(await bench.states()).toBe('capturing moving');
  await expect(bench.query('INSERT INTO notes VALUES (2)')).rejects.toMatchObject({ code: '25006' });
  await expect(finish(bench.options(undefined, { leaveBehind: ['notes'] }))).rejects.toMatchObject({
    kind: 'target-not-empty',
    message: /notes/,
    next: { step: 'empty-target', notOurs: ['notes'] },
  });
  await bench.query('DROP TABLE notes');
  await finish(bench.options());
  await expectEqual(bench, 'people', 'pets');
});

it('copies everything anew where the log does not tell everything', async () => {
  const bench = await served();
  await bench.query(
    `SET session_replication_role = replica; UPDATE people SET name = 'past'; RESET session_replication_role`,
  );
  await expect(back(bench)).rejects.toMatchObject({ kind: 'differences', next: { step: 'copy-all' } });
  expect((await back(bench, { copyAll: true })).outcome).toBe('failed-back');
  await expectEqual(bench, 'people', 'pets');
  if (!LONG) return;

  await start(bench.options());
  await finish(bench.options());
  // Nobody needs to be told of these.
  await bench.query(`ALTER TABLE people ALTER COLUMN name TYPE text USING upper(name);
    ALTER TABLE pets DISABLE TRIGGER ALL; UPDATE pets SET name = 'past'`);
  expect((await back(bench)).outcome).toBe('failed-back');
  await expectEqual(bench, 'people', 'pets');
});
