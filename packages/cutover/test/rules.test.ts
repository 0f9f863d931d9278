import type { TransferMapping } from '@vatevo/transfer';
import { expect, it } from 'vitest';
import { abort, finish, rollback, start } from '../src/index.ts';
import { type Bench, LONG, makeBench, rowsIn, rowsOf, tablesIn } from './support/bench.ts';

/** Two tables with what every test needs; `actions` are those of the target's foreign key. */
const parentAndChild = (actions: string, n: number | '' = '') => ({
  sqlite: `PRAGMA foreign_keys = ON;
    CREATE TABLE parent${n} (id INTEGER PRIMARY KEY, code TEXT UNIQUE COLLATE NOCASE);
    CREATE TABLE child${n} (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent${n} (id) ON DELETE CASCADE ON UPDATE CASCADE, v TEXT);
    INSERT INTO parent${n} VALUES (1, 'a'), (2, 'b'), (3, 'c');
    INSERT INTO child${n} VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 3, 'z'), (4, 3, 'z')`,
  postgres: `CREATE TABLE parent${n} (id int PRIMARY KEY, code text UNIQUE);
    CREATE TABLE child${n} (id int PRIMARY KEY, parent int REFERENCES parent${n} (id) ${actions}, v text)`,
});

/** Each is tried with two tables of its own. */
const ACTIONS = [
  'ON DELETE NO ACTION ON UPDATE NO ACTION',
  'ON DELETE RESTRICT ON UPDATE RESTRICT',
  'ON DELETE CASCADE ON UPDATE CASCADE',
  'ON DELETE SET NULL ON UPDATE SET NULL',
  'ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED',
];

const WRITTEN: readonly [name: string, statements: string][] = [
  ['a parent that is only updated', `UPDATE parent SET code = 'A2' WHERE id = 1`],
  ['a parent deleted with all its children', 'DELETE FROM parent WHERE id = 3'],
  ['a key changed with all its children', 'UPDATE parent SET id = 30 WHERE id = 3'],
  [
    'a row that REPLACE removes through a NOCASE unique index',
    `INSERT OR REPLACE INTO parent VALUES (9, 'A')`,
  ],
  [
    'children given to another parent, which is then gone',
    'UPDATE child SET parent = 1 WHERE parent = 3; DELETE FROM parent WHERE id = 3',
  ],
  [
    'keys that change places',
    'BEGIN; UPDATE parent SET id = -1 WHERE id = 1; UPDATE parent SET id = 1 WHERE id = 2; UPDATE parent SET id = 2 WHERE id = -1; COMMIT',
  ],
  [
    'unique values of parents that change places',
    `BEGIN; UPDATE parent SET code = NULL WHERE id = 1; UPDATE parent SET code = 'a' WHERE id = 2; UPDATE parent SET code = 'b' WHERE id = 1; COMMIT`,
  ],
  [
    'a key that the target cannot hold, written and deleted again',
    `INSERT INTO parent VALUES (5000000000, 'big'); INSERT INTO child VALUES (6000000000, 5000000000, 'big'); DELETE FROM parent WHERE id > 10`,
  ],
];

/** Every table costs a move a copy, a comparison and keys: in the short suite each write meets another action. */
const ACTED = WRITTEN.flatMap(([, written], write) =>
  ACTIONS.filter((_, i) => LONG || (i + write) % 5 === 0).map((actions) => ({ written, actions })),
);

it('follows what is written to parents and children, whatever the actions of the foreign key', async () => {
  // All in one move, each with two tables of its own.
  const pairs = ACTED.map(({ actions }, n) => parentAndChild(actions, n));
  const everywhere = ACTED.map(({ written }, n) =>
    written.replace(/(?<=FROM |INTO |UPDATE )(parent|child)\b/g, `$1${n}`),
  );
  await follows(
    pairs.map(({ sqlite }) => sqlite).join(';\n'),
    pairs.map(({ postgres }) => postgres).join(';\n'),
    everywhere.join(';\n'),
  );
});

const CASES: readonly [name: string, sqlite: string, postgres: string, written: string][] = [
  [
    'rows that point to each other in two tables',
    `CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER); CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER);
     INSERT INTO a VALUES (1, 1), (2, 2); INSERT INTO b VALUES (1, 1), (2, 2)`,
    `CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a (id) ON DELETE RESTRICT);
     ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b (id) ON DELETE RESTRICT`,
    'BEGIN; DELETE FROM a WHERE id = 1; DELETE FROM b WHERE id = 1; INSERT INTO a VALUES (3, 3); INSERT INTO b VALUES (3, 3); UPDATE a SET b = 3 WHERE id = 2; UPDATE b SET a = 3 WHERE id = 2; COMMIT',
  ],
  [
    'a tree that is turned round',
    `PRAGMA foreign_keys = ON; CREATE TABLE tree (id INTEGER PRIMARY KEY, up INTEGER REFERENCES tree (id));
     INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 2), (4, 3)`,
    'CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree (id) ON DELETE RESTRICT)',
    'BEGIN; UPDATE tree SET up = NULL; UPDATE tree SET up = id + 1 WHERE id < 4; COMMIT; UPDATE tree SET up = NULL WHERE id = 1; DELETE FROM tree WHERE id = 1',
  ],
  [
    'text keys that the target would cut or round',
    `CREATE TABLE t (k TEXT NOT NULL PRIMARY KEY, v TEXT); INSERT INTO t VALUES ('abc', 'stays');
     CREATE TABLE n (k TEXT NOT NULL PRIMARY KEY); INSERT INTO n VALUES ('1.01')`,
    'CREATE TABLE t (k varchar(3) PRIMARY KEY, v text); CREATE TABLE n (k numeric(6,2) PRIMARY KEY)',
    `INSERT INTO t VALUES ('abcdef', 'gone'), ('a' || char(0), 'gone'), ('zz', 'new'); DELETE FROM t WHERE v = 'gone';
     INSERT INTO n VALUES ('1.011'), ('x'), ('2.50'); DELETE FROM n WHERE k IN ('1.011', 'x')`,
  ],
  [
    'a foreign key to a column that is not the key',
    `PRAGMA foreign_keys = ON; CREATE TABLE p (id INTEGER PRIMARY KEY, slug TEXT UNIQUE);
     CREATE TABLE c (id INTEGER PRIMARY KEY, slug TEXT REFERENCES p (slug) ON UPDATE CASCADE);
     INSERT INTO p VALUES (1, 'a'), (2, 'b'); INSERT INTO c VALUES (1, 'a'), (2, 'a')`,
    'CREATE TABLE p (id int PRIMARY KEY, slug text UNIQUE); CREATE TABLE c (id int PRIMARY KEY, slug text REFERENCES p (slug) ON UPDATE CASCADE)',
    `UPDATE p SET slug = 'c' WHERE id = 1; UPDATE p SET slug = 'a' WHERE id = 2; UPDATE c SET slug = 'a' WHERE id = 2`,
  ],
];

/** Every second one, where it has to be quick. */
const some = <Item>(list: readonly Item[]): Item[] => list.filter((_, i) => LONG || i % 2 === 0);

it.for(some(CASES))('follows %s', ([, sqlite, postgres, written]) => follows(sqlite, postgres, written));

/** Events hold the tenant of their invoice in the target, and not in the file. */
const FETCHED = {
  sqlite: `PRAGMA foreign_keys = ON;
    CREATE TABLE tenant (id INTEGER PRIMARY KEY);
    CREATE TABLE invoice (id INTEGER PRIMARY KEY, code TEXT UNIQUE COLLATE NOCASE, tenant INTEGER REFERENCES tenant (id) ON DELETE CASCADE ON UPDATE CASCADE);
    CREATE TABLE event (id INTEGER PRIMARY KEY, invoice INTEGER REFERENCES invoice (id) ON DELETE CASCADE ON UPDATE CASCADE, code TEXT);
    INSERT INTO tenant VALUES (1), (2), (3);
    INSERT INTO invoice VALUES (1, 'a', 1), (2, 'b', 1), (3, 'c', 3), (4, 'd', 2);
    INSERT INTO event VALUES (1, 1, 'A'), (2, 1, 'b'), (3, 2, 'a'), (4, 3, 'nowhere'), (5, 3, NULL)`,
  postgres: `CREATE TABLE tenant (id int PRIMARY KEY);
    CREATE TABLE invoice (id int, code text, tenant int REFERENCES tenant (id) ON DELETE RESTRICT, PRIMARY KEY (tenant, id));
    CREATE TABLE event (id int PRIMARY KEY, invoice int, code text, tenant int NOT NULL, by_code int, found_by_code text,
      FOREIGN KEY (tenant, invoice) REFERENCES invoice (tenant, id) ON DELETE RESTRICT)`,
  mapping: {
    tables: {
      event: {
        columns: {
          tenant: { through: { column: 'invoice', table: 'invoice', key: 'id', value: 'tenant' } },
          by_code: { through: { column: 'code', table: 'Invoice', key: 'code', value: 'tenant' } },
          found_by_code: { through: { column: 'code', table: 'Invoice', key: 'code', value: 'code' } },
        },
      },
    },
  } satisfies TransferMapping,
};

const FETCHED_WRITES: readonly [name: string, written: string, both?: string][] = [
  ['an invoice given to another tenant', 'UPDATE invoice SET tenant = 2 WHERE id = 1'],
  ['a tenant deleted with all it has', 'DELETE FROM tenant WHERE id = 1'],
  ['the key of a tenant changed', 'UPDATE tenant SET id = 30 WHERE id = 3'],
  ['the key of an invoice changed', 'UPDATE invoice SET id = 30 WHERE id = 3'],
  [
    'an invoice replaced by its id',
    `PRAGMA foreign_keys = OFF; INSERT OR REPLACE INTO invoice VALUES (1, 'new', 3)`,
  ],
  [
    'an invoice replaced by its code, its events given to another one',
    `PRAGMA foreign_keys = OFF; INSERT OR REPLACE INTO invoice VALUES (9, 'A', 3); UPDATE event SET invoice = 2 WHERE invoice = 1`,
  ],
  [
    'an invoice removed by an update of another one',
    `PRAGMA foreign_keys = OFF; UPDATE event SET invoice = 2 WHERE invoice = 1; UPDATE OR REPLACE invoice SET code = 'A', tenant = 2 WHERE id = 4`,
  ],
  [
    'an invoice with another code',
    `UPDATE invoice SET code = 'nowhere' WHERE id = 4; UPDATE invoice SET code = 'x' WHERE id = 1`,
  ],
  ['a code that is there for the first time', `INSERT INTO invoice VALUES (8, 'NOWHERE', 2)`],
  ['a code that only changes its case', `UPDATE invoice SET code = 'A' WHERE code = 'a'`],
  [
    'an invoice that goes with the one whose code it was to take',
    `UPDATE invoice SET follows = 1 WHERE id = 4; UPDATE OR REPLACE invoice SET code = 'a', tenant = 1 WHERE id = 4`,
    'ALTER TABLE invoice ADD COLUMN follows INTEGER REFERENCES invoice (id) ON DELETE CASCADE',
  ],
];

it.for(FETCHED_WRITES.filter((_, i) => LONG || i % 5 === 0))(
  'lets fetched values follow %s',
  async ([, written, both = '']) => {
    const inPostgres = both.replace('REFERENCES invoice (id) ON DELETE CASCADE', '');
    const bench = await makeBench(`${FETCHED.sqlite};${both}`, `${FETCHED.postgres};${inPostgres}`, {
      mapping: FETCHED.mapping,
      // What is fetched does not go back.
      format: 'legacy',
    });
    try {
      await start(bench.options());
      bench.writer.exec(written);
      await finish(bench.options());
      const expected = bench.writer
        .prepare(
          `SELECT e.id, e.invoice, e.code, (SELECT tenant FROM invoice i WHERE i.id = e.invoice) AS tenant,
                (SELECT tenant FROM invoice i WHERE i.code = e.code) AS by_code,
                (SELECT code FROM invoice i WHERE i.code = e.code) AS found_by_code FROM event e ORDER BY e.id`,
        )
        .all();
      expect(await bench.query('SELECT * FROM event ORDER BY id')).toEqual(expected);
    } finally {
      await bench.drop();
    }
  },
);

it('refuses a second row of what others point to, which an index no longer keeps out', async () => {
  const bench = await makeBench(
    FETCHED.sqlite
      .replace('UNIQUE COLLATE NOCASE', 'COLLATE NOCASE')
      .concat(';CREATE UNIQUE INDEX by_code ON invoice (code)'),
    FETCHED.postgres,
    { mapping: FETCHED.mapping, format: 'legacy' },
  );
  try {
    await start(bench.options());
    bench.writer.exec(`DROP INDEX by_code; INSERT INTO invoice VALUES (0, 'a', 3)`);
    await expect(finish(bench.options())).rejects.toThrow(/the unique index by_code was dropped/);
  } finally {
    await bench.drop();
  }
});

it('lets no trigger of the application write again what comes back', async () => {
  const bench = await makeBench(
    `CREATE TABLE invoice (id INTEGER PRIMARY KEY, total TEXT); CREATE TABLE audit (id INTEGER PRIMARY KEY, note TEXT, seen INTEGER);
     INSERT INTO invoice VALUES (1, '1'), (2, '2'); INSERT INTO audit VALUES (1, 'first', 0);
     CREATE TRIGGER seen AFTER INSERT ON invoice BEGIN UPDATE audit SET seen = seen + 1; END;
     CREATE TRIGGER noted AFTER DELETE ON invoice BEGIN INSERT INTO audit (note, seen) VALUES (OLD.id, 0); END`,
    'CREATE TABLE invoice (id int PRIMARY KEY, total text); CREATE TABLE audit (id int PRIMARY KEY, note text, seen int)',
  );
  const triggers = () =>
    bench.writer.prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`).all();
  try {
    const before = triggers();
    bench.writer.exec(`INSERT INTO invoice VALUES (3, '3')`);
    await start(bench.options());
    bench.writer.exec(`INSERT INTO invoice VALUES (4, '4'); DELETE FROM invoice WHERE id = 1`);
    await finish(bench.options());
    await bench.query(`UPDATE invoice SET total = 'new'`);
    // Behind the comparison of all rows: what a trigger did then would be seen by nobody.
    let done = false;
    const between = async (sql: string) => {
      if (done || !sql.includes('sha256')) return;
      done = true;
      await bench.query(`DELETE FROM invoice WHERE id = 3`);
    };
    await rollback(bench.options(between));
    const tables = await tablesIn(bench);
    expect(rowsOf(bench.writer, tables)).toEqual(await rowsIn(bench, tables));
    expect(triggers()).toEqual(before);
    bench.writer.exec(`DELETE FROM invoice WHERE id = 2`);
    expect(bench.writer.prepare('SELECT note FROM audit ORDER BY id').pluck().all()).toEqual([
      'first',
      '1',
      '2',
    ]);
  } finally {
    await bench.drop();
  }
});

/** What the target truly cannot hold, and how the row is named. */
const REFUSED: readonly [name: string, written: string, message: RegExp][] = [
  [
    'a row that points to no other one',
    `INSERT INTO child VALUES (70, 8, 'x')`,
    /\(child, id=70, parent: points to no row of parent, 8\)/,
  ],
  [
    'a row that others still point to',
    'DELETE FROM parent WHERE id = 2',
    /\(child, id=2, parent: points to no row of parent, 2\)/,
  ],
  [
    'a row that breaks a check',
    `WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
     INSERT INTO child SELECT i, 1, iif(i = 1234, 'never', 'x') FROM n`,
    /\(child, id=1234, v: breaks the check child_v_check, never\)/,
  ],
  [
    'a value that is there already',
    `INSERT INTO parent VALUES (50, 'A'), (51, 'x'), (52, 'y'); UPDATE parent SET code = 'B' WHERE id = 51`,
    /\(parent, id=51, code: not unique, as parent_lower_idx wants it, B\)/,
  ],
  [
    'a value that is too long for the index',
    `INSERT INTO parent VALUES (60, hex(randomblob(40000)))`,
    /\(parent, id=60, code: index row .*/,
  ],
  [
    'a key that it cannot hold',
    `INSERT INTO parent VALUES (5000000000, 'far')`,
    /\(parent, id=5000000000, id: outside the range of integer, 5000000000\)/,
  ],
];

it('names what the target cannot hold, and goes on when it is fixed', async () => {
  const bench = await makeBench(
    `CREATE TABLE parent (id INTEGER PRIMARY KEY, code TEXT); CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER, v TEXT);
     INSERT INTO parent VALUES (1, 'a'), (2, 'b'); INSERT INTO child VALUES (1, 1, 'x'), (2, 2, 'x')`,
    `CREATE TABLE parent (id int PRIMARY KEY, code text); CREATE UNIQUE INDEX ON parent (lower(code));
     CREATE TABLE child (id int PRIMARY KEY, parent int NOT NULL REFERENCES parent (id) ON DELETE CASCADE, v text CHECK (v <> 'never'))`,
  );
  try {
    await start(bench.options());
    for (const [name, written, message] of REFUSED) {
      bench.writer.exec(written);
      const refused = { kind: 'source-refused', message };
      await expect(finish(bench.options()), name).rejects.toMatchObject(refused);
      expect(await bench.states(), name).toBe('capturing moving');
      bench.writer.exec(
        `INSERT OR IGNORE INTO parent VALUES (2, 'b'); DELETE FROM child WHERE id > 2; DELETE FROM parent WHERE id > 2`,
      );
    }
    await finish(bench.options());
    const tables = await tablesIn(bench);
    expect(await rowsIn(bench, tables)).toEqual(rowsOf(bench.writer, tables));
  } finally {
    await bench.drop();
  }
});

it('waits for a row that another one points to already', async () => {
  const { sqlite, postgres } = parentAndChild('ON DELETE RESTRICT');
  const bench = await makeBench(sqlite, postgres);
  try {
    await start(bench.options());
    bench.writer.exec(`PRAGMA foreign_keys = OFF; INSERT INTO child VALUES (80, 81, 'early')`);
    let asked = 0;
    const between = (sql: string) => {
      if (sql.startsWith('ROLLBACK TO SAVEPOINT apply') && ++asked === 2)
        bench.writer.exec(`INSERT INTO parent VALUES (81, 'late')`);
      else if (sql.startsWith('ROLLBACK TO SAVEPOINT apply'))
        bench.writer.exec(`UPDATE child SET v = 'x' WHERE id = 1`);
    };
    await finish(bench.options(between));
    expect(asked).toBe(2);
    expect(await bench.states()).toBe('handed-over serving');
  } finally {
    await bench.drop();
  }
});

it('puts foreign keys back as they were when a move is given up', async () => {
  const { sqlite, postgres } = parentAndChild('ON DELETE CASCADE');
  const bench = await makeBench(
    sqlite,
    `${postgres}; COMMENT ON CONSTRAINT child_parent_fkey ON child IS 'it''s ours'`,
  );
  try {
    const before = await constraintsOf(bench);
    await start(bench.options());
    expect(await constraintsOf(bench)).not.toEqual(before);
    await abort(bench.options());
    expect(await constraintsOf(bench)).toEqual(before);
  } finally {
    await bench.drop();
  }
});

it('validates foreign keys after a hand-over whose process died before', async () => {
  const { sqlite, postgres } = parentAndChild('ON DELETE CASCADE');
  const bench = await makeBench(sqlite, postgres);
  try {
    const before = await constraintsOf(bench);
    await start(bench.options());
    const dies = (sql: string, cut: () => void) => {
      if (sql.includes('VALIDATE CONSTRAINT')) cut();
    };
    await expect(finish(bench.options(dies))).rejects.toThrow();
    expect(await bench.states()).toBe('handed-over serving');
    await expect(bench.query('INSERT INTO child VALUES (9, 9)')).rejects.toMatchObject({ code: '23503' });
    expect(await finish(bench.options())).toMatchObject({ outcome: 'already-over' });
    expect(await constraintsOf(bench)).toEqual(before);
  } finally {
    await bench.drop();
  }
});

async function follows(sqlite: string, postgres: string, written: string, mapping: TransferMapping = {}) {
  const bench = await makeBench(sqlite, postgres, { mapping });
  try {
    const before = await constraintsOf(bench);
    await start(bench.options());
    bench.writer.exec(written);
    await finish(bench.options());
    const tables = await tablesIn(bench);
    expect(await rowsIn(bench, tables)).toEqual(rowsOf(bench.writer, tables));
    expect(await constraintsOf(bench)).toEqual(before);
  } finally {
    await bench.drop();
  }
}

function constraintsOf(bench: Bench) {
  return bench.query(
    `SELECT conrelid::regclass::text AS of, conname, pg_get_constraintdef(oid) AS definition, convalidated
            , obj_description(oid, 'pg_constraint') AS comment
     FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`,
  );
}
