import fc from 'fast-check';

/** Tables in which a write can touch rows in every way that SQLite knows. */
export const SQLITE = `
  PRAGMA foreign_keys = ON;
  CREATE TABLE plain (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT, u TEXT UNIQUE);
  CREATE TABLE tree (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES tree (id) ON DELETE CASCADE ON UPDATE CASCADE,
    owner INTEGER REFERENCES plain (id) ON DELETE CASCADE ON UPDATE CASCADE);
  CREATE TABLE pairs (a TEXT NOT NULL, b INTEGER NOT NULL, c TEXT COLLATE NOCASE, d TEXT, PRIMARY KEY (b, a), UNIQUE (c, d), UNIQUE (d));
  CREATE TABLE nocase (k TEXT NOT NULL COLLATE NOCASE PRIMARY KEY, v TEXT);
  CREATE TABLE slots (id INTEGER PRIMARY KEY, slot INTEGER, active INTEGER);
  CREATE UNIQUE INDEX one_active ON slots (slot) WHERE active = 1;
  CREATE TABLE made (id INTEGER PRIMARY KEY, n INTEGER, m INTEGER GENERATED ALWAYS AS (n * 2) STORED UNIQUE);
  CREATE TABLE "odd ""name's [x]" ("a ""b" TEXT NOT NULL PRIMARY KEY, "select" TEXT, "ROWID" INTEGER UNIQUE);
`;

export const POSTGRES = `
  CREATE TABLE plain (id bigserial PRIMARY KEY, v text, u text UNIQUE);
  CREATE TABLE tree (id bigint PRIMARY KEY, parent bigint REFERENCES tree (id), owner bigint REFERENCES plain (id));
  CREATE TABLE pairs (a text, b bigint, c text, d text UNIQUE, PRIMARY KEY (b, a), UNIQUE (c, d));
  CREATE TABLE nocase (k text PRIMARY KEY, v text);
  CREATE TABLE slots (id bigint PRIMARY KEY, slot bigint, active bigint);
  CREATE UNIQUE INDEX one_active ON slots (slot) WHERE active = 1;
  CREATE TABLE made (id bigint PRIMARY KEY, n bigint, m bigint GENERATED ALWAYS AS (n * 2) STORED UNIQUE);
  CREATE TABLE "odd ""name's [x]" ("a ""b" text PRIMARY KEY, "select" text, "ROWID" bigint UNIQUE);
`;

export const TABLES = ['plain', 'tree', 'pairs', 'nocase', 'slots', 'made', `odd "name's [x]`] as const;

const id = fc.integer({ min: 1, max: 9 });
const word = fc.constantFrom(`'a'`, `'A'`, `'b'`, `'B'`, `'c'`, `'ä'`, `''`);
const maybe = fc.oneof({ weight: 4, arbitrary: word }, { weight: 1, arbitrary: fc.constant('NULL') });
const small = fc.oneof({ weight: 4, arbitrary: id }, { weight: 1, arbitrary: fc.constant('NULL') });
const insert = fc.constantFrom(
  'INSERT',
  'INSERT OR REPLACE',
  'INSERT OR IGNORE',
  'INSERT OR FAIL',
  'REPLACE',
);
const update = fc.constantFrom('UPDATE', 'UPDATE OR REPLACE', 'UPDATE OR IGNORE', 'UPDATE OR FAIL');

type Parts = readonly unknown[];
const sql = (strings: TemplateStringsArray, ...parts: fc.Arbitrary<unknown>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((values: Parts) => strings.reduce((all, text, i) => all + values[i - 1] + text));

const ODD = `"odd ""name's [x]"`;

/** One statement; many of them break a rule of the file, which is part of it. */
const statement: fc.Arbitrary<string> = fc.oneof(
  sql`${insert} INTO plain (id, v, u) VALUES (${small}, ${word}, ${maybe})`,
  sql`${insert} INTO plain (v, u) VALUES (${word}, ${maybe}), (${word}, ${maybe})`,
  sql`INSERT INTO plain (id, v, u) VALUES (${id}, ${word}, ${maybe}) ON CONFLICT (u) DO UPDATE SET v = excluded.v, id = excluded.id`,
  sql`INSERT INTO plain (id, v, u) VALUES (${id}, ${word}, ${maybe}) ON CONFLICT (id) DO UPDATE SET u = excluded.u ON CONFLICT DO NOTHING`,
  sql`${update} plain SET u = ${maybe} WHERE id = ${id}`,
  sql`${update} plain SET id = ${id}, v = ${word} WHERE id = ${id}`,
  sql`${update} plain SET id = id + ${id}`,
  sql`UPDATE plain SET u = (SELECT substr(group_concat(p.u), -9) FROM plain p WHERE p.id <= plain.id)`,
  sql`DELETE FROM plain WHERE id >= ${id}`,
  sql`${insert} INTO tree (id, parent, owner) VALUES (${id}, ${small}, ${small})`,
  sql`${update} tree SET id = ${id}, parent = ${small} WHERE id = ${id}`,
  sql`DELETE FROM tree WHERE id = ${id}`,
  sql`${insert} INTO pairs (a, b, c, d) VALUES (${word}, ${id}, ${maybe}, ${maybe})`,
  sql`${update} pairs SET a = ${word}, c = ${maybe}, d = ${maybe} WHERE b = ${id}`,
  sql`${update} pairs SET b = b + 1 WHERE a = ${word}`,
  sql`${update} pairs SET rowid = ${id} WHERE b = ${id}`,
  sql`${insert} INTO pairs (rowid, a, b, c) VALUES (${id}, ${word}, ${id}, ${maybe})`,
  sql`${insert} INTO nocase (k, v) VALUES (${word}, ${maybe})`,
  sql`INSERT INTO nocase (k, v) VALUES (${word}, ${maybe}) ON CONFLICT DO UPDATE SET k = excluded.k`,
  sql`${update} nocase SET k = ${word} WHERE k = ${word}`,
  sql`DELETE FROM nocase WHERE k = ${word}`,
  sql`${insert} INTO slots (id, slot, active) VALUES (${small}, ${small}, ${fc.constantFrom(0, 1)})`,
  sql`${update} slots SET active = 1 - active WHERE id <> ${id}`,
  sql`${update} slots SET slot = ${small} WHERE id < ${id}`,
  sql`${insert} INTO made (id, n) VALUES (${small}, ${small})`,
  sql`${update} made SET n = n + 1 WHERE id > ${id}`,
  sql`${insert} INTO ${fc.constant(ODD)} VALUES (${word}, ${maybe}, ${small})`,
  sql`${update} ${fc.constant(ODD)} SET "ROWID" = ${small}, "a ""b" = ${word} WHERE "a ""b" = ${word}`,
  sql`DELETE FROM ${fc.constantFrom('plain', 'tree', 'pairs', 'nocase', 'slots', 'made', ODD)}`,
);

const unit = fc.oneof(
  { weight: 12, arbitrary: statement.map((one) => [one]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.array(statement, { maxLength: 4 }),
        fc.array(statement, { maxLength: 4 }),
        fc.constantFrom('COMMIT', 'ROLLBACK'),
      )
      .map(([kept, undone, end]) => ['BEGIN', ...kept, 'SAVEPOINT s', ...undone, 'ROLLBACK TO s', end]),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(statement, { maxLength: 4 })
      .map((some) => ['PRAGMA recursive_triggers = ON', ...some, 'PRAGMA recursive_triggers = OFF']),
  },
);

/** What a writer does, one list of statements after the other; nothing comes between those of one list. */
export const work = (length: number): fc.Arbitrary<string[][]> =>
  fc.array(unit, { minLength: length, maxLength: length });
