import { spawnSync } from 'node:child_process';
import { copyFileSync, renameSync } from 'node:fs';
import { isInstalled } from '@vatevo/local-postgres/vitest';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { abort, FENCE_MESSAGE, finish, start } from '../src/index.ts';
import { type Bench, hasTraces, LONG, makeBench, rowsIn, rowsOf } from './support/bench.ts';

const SQLITE = `
  CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, age INTEGER);
  CREATE TABLE notes (id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES people (id), text TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
    INSERT INTO people SELECT i, 'name ' || i, i % 90 FROM n;
  INSERT INTO notes SELECT id, id, 'note ' || id FROM people;`;
const POSTGRES = `
  CREATE TABLE people (id integer PRIMARY KEY, name text UNIQUE, age integer);
  CREATE TABLE notes (id integer PRIMARY KEY, person_id integer REFERENCES people (id), text text);`;
const TABLES = ['people', 'notes'] as const;

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    await work(bench);
  } finally {
    await bench.drop();
  }
}

/**
 * After a refusal the service goes on, and the move can be given up and started over.
 *
 * @param isFirst of those that are refused alike: in the short suite it alone is started over, as all leave the same behind
 */
async function expectBegunAnew(bench: Bench, isFirst: boolean): Promise<void> {
  expect(await bench.states()).toBe('capturing moving');
  bench.writer.exec(`UPDATE people SET age = 1 WHERE id = 1`);
  await abort(bench.options());
  expect(hasTraces(bench.file)).toBe(false);
  expect(await bench.states()).toBe('released none');
  if (!LONG && !isFirst) return;
  await start(bench.options());
  await finish(bench.options());
  expect(await rowsIn(bench, ['people', 'notes'])).toMatchObject({ people: expect.any(Array) });
}

/** Every fifth one, where it has to be quick. */
const some = <Item>(list: readonly Item[]): Item[] => list.filter((_, i) => LONG || i % 5 === 0);

const SCHEMA_CHANGES = [
  'ALTER TABLE people ADD COLUMN more TEXT',
  'DROP TRIGGER vatevo_cutover_log_update_people',
  'CREATE UNIQUE INDEX by_age ON people (age, id)',
  'CREATE TABLE more (id INTEGER PRIMARY KEY)',
  'DROP TABLE notes; CREATE TABLE notes (id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES people (id), text TEXT)',
  'DROP TRIGGER vatevo_cutover_fence_insert_people',
] as const;

it.for(some(SCHEMA_CHANGES))('finds a change of the schema while a move goes on: %s', (ddl) =>
  withBench(async (bench) => {
    await start(bench.options());
    bench.writer.exec(ddl);
    for (const step of [start, finish])
      await expect(step(bench.options())).rejects.toMatchObject({
        kind: 'source-changed',
        message: /schema/,
      });
    await expectBegunAnew(bench, ddl === SCHEMA_CHANGES[0]);
  }),
);

const HARMLESS_CHANGES = [
  'ANALYZE',
  'PRAGMA analysis_limit = 100; PRAGMA optimize',
  'CREATE INDEX by_age ON people (age); DROP INDEX by_name',
  'VACUUM',
  'CREATE VIEW old AS SELECT * FROM people WHERE age > 60; CREATE TRIGGER older AFTER UPDATE OF age ON people BEGIN UPDATE notes SET text = NEW.age WHERE id = NEW.id; END',
  'PRAGMA user_version = 7; REINDEX',
] as const;

/** Beside tables whose rowids are their keys there is one whose rowids VACUUM gives anew, and it has holes. */
const BY_ROWID = `
  CREATE INDEX by_name ON people (name);
  CREATE TABLE tags (tag TEXT NOT NULL, n INTEGER NOT NULL, v TEXT, PRIMARY KEY (tag, n)) ;
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO tags SELECT 'tag ' || i % 7, i, 'v' FROM n;
  DELETE FROM tags WHERE n % 3 > 0`;

const DISTURBED = HARMLESS_CHANGES.flatMap((ddl) =>
  (['copying', 'following', 'comparing', 'fenced'] as const).map((when) => ({ ddl, when })),
);
/** Each change in each moment by itself; in the short suite one in each moment of the same move. */
const DISTURBED_MOVES = LONG ? DISTURBED.map((one) => [one]) : [DISTURBED.filter((_, i) => i % 7 === 0)];
const named = (changes: typeof DISTURBED) =>
  changes.map(({ ddl, when }) => `${ddl} (while ${when})`).join(', ');

it.for(DISTURBED_MOVES.map((changes) => ({ name: named(changes), changes })))(
  'goes on beside $name',
  async ({ changes }) => {
    const bench = await makeBench(
      `${SQLITE}${BY_ROWID}`,
      `${POSTGRES} CREATE TABLE tags (tag text, n bigint, v text, PRIMARY KEY (n, tag))`,
    );
    const tables = [...TABLES, 'tags'];
    let copies = 0;
    let captured = false;
    const moments: Record<(typeof DISTURBED)[number]['when'], (sql: string) => boolean> = {
      copying: (sql) => sql.startsWith('COPY') && ++copies === 2,
      following: (sql) => sql.startsWith('ANALYZE'),
      comparing: (sql) => sql.includes('sha256'),
      fenced: () => captured && isFenced(bench),
    };
    let left = changes;
    const between = (sql: string) => {
      const next = left.find(({ when }) => moments[when](sql));
      if (next === undefined) return;
      left = left.filter((change) => change !== next);
      bench.writer.exec(next.ddl);
      if (!isFenced(bench))
        bench.writer.exec('UPDATE people SET age = 91 WHERE id = 7; DELETE FROM tags WHERE n = 3');
    };
    try {
      await start(bench.options(between));
      captured = true;
      bench.writer.exec('UPDATE people SET age = 92 WHERE id = 8; UPDATE tags SET n = -n WHERE n = 6');
      await finish(bench.options(between));
      expect(left).toEqual([]);
      expect(await rowsIn(bench, tables)).toEqual(rowsOf(bench.writer, tables));
    } finally {
      await bench.drop();
    }
  },
);

it.for(LONG ? SCHEMA_CHANGES.slice(1) : SCHEMA_CHANGES.slice(1, 2))(
  'finds it between fence and hand-over, too: %s',
  (ddl) =>
    withBench(async (bench) => {
      await start(bench.options());
      let done = false;
      const between = () => {
        if (done || !isFenced(bench)) return;
        done = true;
        bench.writer.exec(ddl);
      };
      await expect(finish(bench.options(between))).rejects.toMatchObject({ kind: 'source-changed' });
      expect(done).toBe(true);
      await expectBegunAnew(bench, false);
    }),
);

function isFenced({ writer }: Bench): boolean {
  return writer.prepare('SELECT state FROM vatevo_cutover').pluck().get() === 'fenced';
}

it('finds another file under its name, and who still writes into the old one', () =>
  withBench(async (bench) => {
    await start(bench.options());
    copyFileSync(bench.file, `${bench.file}.copy`);
    renameSync(`${bench.file}.copy`, bench.file);
    // The writer of this very process has the old file open.
    await expect(finish(bench.options())).rejects.toMatchObject({
      kind: 'source-changed',
      message: /Process \d+ still holds/,
    });
    bench.writer.close();
    await expect(finish(bench.options())).rejects.toMatchObject({
      kind: 'source-changed',
      message: /another file/,
    });
    await abort(bench.options());
    expect(await bench.states()).toBe('released none');
    expect(hasTraces(bench.file)).toBe(false);
  }));

it('finds a file that was put back in place to before the move', () =>
  withBench(async (bench) => {
    const before = `${bench.file}.before`;
    copyFileSync(bench.file, before);
    await start(bench.options());
    bench.writer.close();
    copyFileSync(before, bench.file);
    await expect(finish(bench.options())).rejects.toMatchObject({
      kind: 'source-changed',
      message: /logs no changes/,
    });
    await abort(bench.options());
    await start(bench.options());
    await finish(bench.options());
  }));

/** Writes as a tool does that has triggers switched off. */
function writePast(file: string, sql: string): void {
  const { status, stderr } = spawnSync('sqlite3', ['-cmd', '.dbconfig enable_trigger off', file, sql], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}
// Reason for skipping: the program sqlite3, which can switch triggers off, is not installed.
const withShell = it.runIf(isInstalled('sqlite3'));

const PAST = [
  ['insert', `INSERT INTO people VALUES (900, 'past', 1)`],
  ['update', `UPDATE people SET age = 77 WHERE id = 5`],
  ['delete', `DELETE FROM notes WHERE id = 5`],
  [
    'insert and delete',
    `INSERT INTO people VALUES (900, 'past', 1); DELETE FROM notes WHERE id = 7; INSERT INTO notes VALUES (901, 1, 'past'); DELETE FROM people WHERE id = 7`,
  ],
] as const;

/** The first row stands in the message. */
const DIFFERING = { kind: 'differences', message: /the first: (people|notes), \w+=/ };

withShell.for(PAST.slice(0, LONG ? 4 : 1))('finds untracked changes before the proof: %s', ([, sql]) =>
  withBench(async (bench) => {
    let done = false;
    const between = (statement: string) => {
      // Everything is copied then, and nothing compared.
      if (done || !/^ANALYZE/.test(statement)) return;
      done = true;
      writePast(bench.file, sql);
    };
    await expect(start(bench.options(between))).rejects.toMatchObject(DIFFERING);
    expect(done).toBe(true);
    await expectBegunAnew(bench, sql === PAST[0][1]);
  }),
);

withShell.for(LONG ? PAST : PAST.slice(3))('finds untracked changes after the proof: %s', ([, sql]) => {
  return withBench(async (bench) => {
    await start(bench.options());
    writePast(bench.file, sql);
    await expect(finish(bench.options())).rejects.toMatchObject(DIFFERING);
    await expectBegunAnew(bench, false);
  });
});

/** As many rows as there were before, so that counting them finds nothing. */
const COUNTED = PAST.filter(([what]) => what === 'update' || what === 'insert and delete');

withShell.for(some(COUNTED))(
  'finds it in WAL mode, too, while a reader keeps the log from being emptied: %s',
  ([, sql]) =>
    withBench(async (bench) => {
      bench.writer.pragma('journal_mode = WAL');
      // Some of the rows are in the file, others in the log alone, and both change on.
      bench.writer.exec('UPDATE people SET age = age + 1');
      bench.writer.pragma('wal_checkpoint(TRUNCATE)');
      const reader = new Database(bench.file, { readonly: true });
      try {
        reader.exec('BEGIN');
        reader.prepare('SELECT count(*) FROM people').get();
        bench.writer.exec('UPDATE notes SET text = text || id WHERE id % 3 = 0');
        await start(bench.options());
        bench.writer.exec('UPDATE people SET age = age + 1 WHERE id % 7 = 1');
        await finish(bench.options());
      } finally {
        reader.close();
      }
      expect(await rowsIn(bench, TABLES)).toEqual(rowsOf(bench.writer, TABLES));
      const again = await makeBench(`PRAGMA journal_mode = WAL; ${SQLITE}`, POSTGRES);
      const holder = new Database(again.file, { readonly: true });
      try {
        holder.exec('BEGIN');
        holder.prepare('SELECT count(*) FROM people').get();
        await start(again.options());
        writePast(again.file, sql);
        await expect(finish(again.options())).rejects.toMatchObject({ kind: 'differences' });
        expect(await again.states()).toBe('capturing moving');
      } finally {
        holder.close();
        await again.drop();
      }
    }),
);

const BAD: readonly [what: string, bad: string, fix: string, message: RegExp][] = [
  [
    'a value of another type',
    `UPDATE people SET age = 'old' WHERE id = 3`,
    'UPDATE people SET age = 3 WHERE id = 3',
    /people.*3.*age/,
  ],
  [
    'a number out of range',
    `UPDATE people SET age = 3000000000 WHERE id = 3`,
    'UPDATE people SET age = 3 WHERE id = 3',
    /people.*3.*age/,
  ],
  ['an orphan', `INSERT INTO notes VALUES (900, 4711, 'orphan')`, 'DELETE FROM notes WHERE id = 900', /4711/],
  [
    'a parent that is gone',
    'DELETE FROM people WHERE id = 9',
    `INSERT INTO people VALUES (9, 'name 9', 9)`,
    /\(9\)/,
  ],
  [
    'a duplicate that only PostgreSQL refuses',
    `UPDATE people SET name = 'name 4' WHERE id = 3`,
    `UPDATE people SET name = 'name 3' WHERE id = 3`,
    /name 4/,
  ],
];

it('refuses to hand over with what PostgreSQL cannot hold, and goes on when it is fixed', () =>
  withBench(async (bench) => {
    bench.writer.pragma('foreign_keys = OFF');
    await start(bench.options());
    for (const [i, [what, bad, fix, message]] of some(BAD).entries()) {
      bench.writer.exec(bad);
      const refused = { kind: 'source-refused', message };
      if (LONG || i === 0) await expect(start(bench.options()), what).rejects.toMatchObject(refused);
      await expect(finish(bench.options()), what).rejects.toMatchObject(refused);
      expect(await bench.states(), what).toBe('capturing moving');
      bench.writer.exec(fix);
    }
    await finish(bench.options());
    expect(await rowsIn(bench, TABLES)).toEqual(rowsOf(bench.writer, TABLES));
  }));

it('lifts the fence when the last write before it was a bad one', () =>
  withBench(async (bench) => {
    await start(bench.options());
    let last = 0;
    // Counting the messages before the fence, and then once more, writing just before it.
    await finish(
      bench.options(() => {
        if (!isGone(bench) && !isFenced(bench)) last++;
      }),
    );
    const again = await makeBench(SQLITE, POSTGRES);
    try {
      await start(again.options());
      let seen = 0;
      await expect(
        finish(
          again.options(() => {
            if (++seen === last) again.writer.exec(`UPDATE people SET age = 'old' WHERE id = 3`);
          }),
        ),
      ).rejects.toMatchObject({ kind: 'source-refused' });
      expect(await again.states()).toBe('capturing moving');
      again.writer.exec('UPDATE people SET age = 3 WHERE id = 3');
      await finish(again.options());
      expect(await rowsIn(again, TABLES)).toEqual(rowsOf(again.writer, TABLES));
    } finally {
      await again.drop();
    }
  }));

function isGone({ writer }: Bench): boolean {
  return writer.prepare('SELECT state FROM vatevo_cutover').pluck().get() === 'left';
}

it('proves rows, too, that were written while others were copied', () =>
  withBench(async (bench) => {
    let isWritten = false;
    let isSpoilt = false;
    const between = (statement: string) => {
      if (!isWritten && statement.startsWith('COPY')) {
        isWritten = true;
        bench.writer.exec(`INSERT INTO notes VALUES (1001, 1, 'fine')`);
      }
      if (isSpoilt || !statement.includes('sha256(')) return;
      isSpoilt = true;
      // PostgreSQL holds something else than what it was sent, as after a fault of ours.
      return bench
        .query(`BEGIN; ALTER TABLE notes DISABLE TRIGGER ALL; UPDATE notes SET text = 'spoilt' WHERE id = 1001;
          ALTER TABLE notes ENABLE TRIGGER ALL; COMMIT`)
        .then(() => undefined);
    };
    await expect(start(bench.options(between))).rejects.toMatchObject({
      kind: 'differences',
      differences: [expect.objectContaining({ column: 'text', expected: 'fine', actual: 'spoilt' })],
    });
  }));

it('refuses writes to a PostgreSQL that is not served yet, and never lets both take them', () =>
  withBench(async (bench) => {
    const refusedThere = () =>
      expect(bench.query('UPDATE people SET age = 1')).rejects.toMatchObject({
        code: '25006',
        message: expect.stringMatching(/^vatevo_cutover_fence: .*still moving into it/),
      });
    await start(bench.options());
    await refusedThere();
    bench.writer.exec('UPDATE people SET age = 2');
    await finish(bench.options());
    expect(() => bench.writer.exec('UPDATE people SET age = 3')).toThrow(FENCE_MESSAGE);
    await bench.query('UPDATE people SET age = 4');
  }));

it('takes no file out of a hand-over for the sake of a database that knows nothing of it', () =>
  withBench(async (bench) => {
    await start(bench.options());
    await expect(
      finish(
        bench.options(
          (sql, cut) => void (/INSERT INTO|TRIGGER vatevo_cutover_log/.test(sql) && isFenced(bench) && cut()),
        ),
      ),
    ).rejects.toThrow();
    const db = new Database(bench.file);
    db.exec(`UPDATE vatevo_cutover SET state = 'fenced'`);
    db.close();
    const other = await makeBench('CREATE TABLE unused (id INTEGER PRIMARY KEY)', POSTGRES);
    try {
      await expect(abort({ ...other.options(), source: bench.file })).rejects.toMatchObject({
        kind: 'wrong-state',
        next: { step: 'check-target-or-abandon' },
      });
      expect(() => bench.writer.exec('UPDATE people SET age = 3')).toThrow(FENCE_MESSAGE);
      await finish(bench.options());
    } finally {
      await other.drop();
    }
  }));

const SECRETS: readonly [what: string, bad: string, fix: string][] = [
  [
    'a row that a CHECK refuses',
    `UPDATE keys SET n = 200 WHERE id = 1`,
    'UPDATE keys SET n = 1 WHERE id = 1',
  ],
  [
    'a secret that is not unique',
    `UPDATE keys SET secret = 's3cret'`,
    `UPDATE keys SET secret = 's3cret-2' WHERE id = 2`,
  ],
  ['an orphan by a secret', `INSERT INTO uses VALUES (2, 's3cret?')`, 'DELETE FROM uses WHERE id = 2'],
  [
    'a secret that is no text',
    `UPDATE keys SET secret = x'733363726574ff' WHERE id = 1`,
    `UPDATE keys SET secret = 's3cret' WHERE id = 1`,
  ],
];

it.for(
  SECRETS.flatMap(([what, bad, fix]) =>
    (['before', 'after'] as const).map((when) => [what, when, bad, fix] as const),
  ).filter((_, i) => LONG || i % 7 === 0),
)('says nothing of a secret about %s, written %s the start', async ([, when, bad, fix]) => {
  const bench = await makeBench(
    `CREATE TABLE keys (id INTEGER PRIMARY KEY, n INTEGER, secret TEXT);
     CREATE TABLE uses (id INTEGER PRIMARY KEY, secret TEXT);
     INSERT INTO keys VALUES (1, 1, 's3cret'), (2, 2, 's3cret-2'); INSERT INTO uses VALUES (1, 's3cret-2')`,
    `CREATE TABLE keys (id integer PRIMARY KEY, n integer CHECK (n < 100), secret text UNIQUE);
     CREATE TABLE uses (id integer PRIMARY KEY, secret text REFERENCES keys (secret))`,
    {
      mapping: {
        tables: {
          keys: { columns: { secret: { secret: true } } },
          uses: { columns: { secret: { secret: true } } },
        },
      },
    },
  );
  try {
    if (when === 'after') await start(bench.options());
    bench.writer.exec(bad);
    const refusal = await start(bench.options()).then(
      () => undefined,
      (error: { kind?: string; message: string }) => error,
    );
    expect(refusal).toMatchObject({ kind: 'source-refused' });
    expect(refusal?.message).not.toContain('s3cret');
    bench.writer.exec(fix);
    await start(bench.options());
    await finish(bench.options());
    expect(await rowsIn(bench, ['keys', 'uses'])).toEqual(rowsOf(bench.writer, ['keys', 'uses']));
  } finally {
    await bench.drop();
  }
});

it('does not disturb a hand-over for a command that was given the wrong database', () =>
  withBench(async (bench) => {
    const other = await makeBench(SQLITE, POSTGRES);
    try {
      await start(other.options());
      await start(bench.options());
      let refusal: unknown;
      const between = async () => {
        if (refusal !== undefined || !isFenced(bench)) return;
        refusal = await finish({ ...other.options(), source: bench.file }).catch((error: unknown) => error);
      };
      await finish(bench.options(between));
      expect(refusal).toMatchObject({ kind: 'wrong-state', message: /another move/ });
      expect(await other.states()).toBe('capturing moving');
    } finally {
      await other.drop();
    }
  }));

it('refuses a row without a key before anything is fenced', async () => {
  const bench = await makeBench(
    `CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT); INSERT INTO t VALUES ('a', 'b')`,
    'CREATE TABLE t (k text PRIMARY KEY, v text)',
  );
  try {
    await start(bench.options());
    bench.writer.exec(`INSERT INTO t VALUES (NULL, 'no key')`);
    await expect(finish(bench.options())).rejects.toMatchObject({
      kind: 'source-refused',
      message: /t, k=NULL, k: the primary key is NULL/,
    });
    bench.writer.exec('DELETE FROM t WHERE k IS NULL');
    await finish(bench.options());
  } finally {
    await bench.drop();
  }
});
