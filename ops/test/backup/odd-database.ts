import Database from 'better-sqlite3';

const REALS = [
  0.1,
  1 / 3,
  -2.5,
  5e-324,
  -4.9e-310,
  2.2250738585072014e-308,
  1.7976931348623157e308,
  1e23,
  123456789.12345679,
  2 ** 53 + 2,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
];

/** Texts as bytes: what no line of SQL can hold as it is, and what is no text at all. */
const TEXTS = [
  '',
  `it's "quoted"; DROP TABLE "plain";`,
  'two\nlines\n.quit\n;\n/\ngo\n',
  'return\r\nand newline\r',
  'nul\0inside',
  '\ufeffmark, emoji 😀, noncharacter \uffff',
  '\x01\x1a\x7f',
].map((text) => Buffer.from(text));
const NOT_UTF8 = [Buffer.from('ff41c0', 'hex'), Buffer.from('eda080', 'hex'), Buffer.from('41', 'hex')];

export interface OddOptions {
  readonly encoding?: 'UTF-8' | 'UTF-16le' | 'UTF-16be';
  readonly wal?: boolean;
}

/** A database with everything that a file can hold and few files do. */
export function makeOddDatabase(file: string, { encoding = 'UTF-8', wal = false }: OddOptions = {}): void {
  const db = new Database(file);
  db.unsafeMode();
  db.exec(`
    PRAGMA encoding = '${encoding}';
    PRAGMA page_size = 1024;
    PRAGMA auto_vacuum = 2;
    PRAGMA foreign_keys = OFF;
    PRAGMA ignore_check_constraints = ON;
    PRAGMA synchronous = OFF;
    BEGIN;
    CREATE TABLE plain (value, note TEXT DEFAULT 'a');
    CREATE TABLE gone (id INTEGER PRIMARY KEY AUTOINCREMENT);
    CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
    INSERT INTO counted (id, name) VALUES (5, 'five'), (9223372036854775807, 'last');
    DELETE FROM counted WHERE id > 5;
    DROP TABLE gone;
    CREATE TABLE "we""ird; -- name" ("a b" INTEGER, "select" REAL, "täble.x" NUMERIC, 'it''s' BLOB, "" TEXT);
    INSERT INTO "we""ird; -- name" VALUES (1, 2, '3.0', x'00ff', 'x'), ('not a number', 5.5, 1e300, 7, NULL);
    CREATE TABLE keyed (a TEXT COLLATE NOCASE, b INTEGER, c, PRIMARY KEY (a, b DESC)) WITHOUT ROWID;
    INSERT INTO keyed VALUES ('B', 1, x''), ('a', 2, 'text'), ('a', 1, NULL);
    CREATE TABLE strict_one (id INTEGER PRIMARY KEY, any_value ANY, real_value REAL) STRICT;
    INSERT INTO strict_one VALUES (-1, '007', 3), (2, x'07', 0.5);
    CREATE TABLE computed (a INTEGER, twice AS (a * 2), stored TEXT GENERATED ALWAYS AS ('<' || a || '>') STORED, b);
    INSERT INTO computed (a, b) VALUES (1, 'x'), (NULL, 'y');
    CREATE TABLE sparse (value);
    INSERT INTO sparse (rowid, value) VALUES (-7, 'minus seven'), (1000000000000, 'far'), (3, 'three');
    CREATE TABLE hidden (rowid, _rowid_, oid);
    INSERT INTO hidden VALUES ('c', 1, NULL), ('a', 2, NULL);
    CREATE TABLE parent (id TEXT PRIMARY KEY, CHECK (id <> 'bad'));
    INSERT INTO parent VALUES ('p'), (NULL), ('bad');
    CREATE TABLE child (id INTEGER PRIMARY KEY, parent REFERENCES parent (id) ON DELETE CASCADE);
    INSERT INTO child VALUES (1, 'p'), (2, 'nobody');
    CREATE TABLE log (what);
    CREATE TABLE "returned" (a,\r\n b DEFAULT 'x\r\ny');
    INSERT INTO returned (a) VALUES (1);
    CREATE TABLE empty_one (a, b, c);
    CREATE INDEX partial_index ON plain (note) WHERE note IS NOT NULL;
    CREATE UNIQUE INDEX expression_index ON keyed (lower(a) || b);
    CREATE INDEX covering ON sparse (value);
    CREATE VIEW shown AS SELECT name, id FROM counted UNION ALL SELECT 'x', 1;
    CREATE TRIGGER fires AFTER INSERT ON plain BEGIN INSERT INTO log VALUES ('fired'); END;
    CREATE TRIGGER instead INSTEAD OF INSERT ON shown BEGIN SELECT 1; END;
    CREATE VIRTUAL TABLE words USING fts5 (title, body);
    INSERT INTO words VALUES ('One', 'a few words'), ('Two', 'other words');
    CREATE VIRTUAL TABLE boxes USING rtree (id, low, high);
    INSERT INTO boxes VALUES (1, 0, 2.5), (2, -1, 1);
    CREATE TRIGGER indexes_words AFTER INSERT ON log BEGIN INSERT INTO words (title) VALUES (new.what); END;
    PRAGMA user_version = -7;
    PRAGMA application_id = 195939070;
    ANALYZE;
    COMMIT;
    BEGIN;
  `);
  const insert = db.prepare('INSERT INTO plain (value) VALUES (?)');
  const insertText = db.prepare('INSERT INTO plain (value, note) VALUES (CAST(? AS TEXT), ?)');
  for (const value of [null, 0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), ...REALS]) insert.run(value);
  for (const value of [Buffer.alloc(0), Buffer.from([0, 1, 255]), Buffer.alloc(5_000, 7)]) insert.run(value);
  for (const text of TEXTS) {
    const bytes = encoding === 'UTF-8' ? text : Buffer.from(text.toString(), 'utf16le');
    insertText.run(encoding === 'UTF-16be' ? bytes.swap16() : bytes, text.toString());
  }
  // Half a surrogate pair, or bytes that are no UTF-8.
  if (encoding === 'UTF-8') for (const bytes of NOT_UTF8) insertText.run(bytes, null);
  else insertText.run(Buffer.from('00d84100', 'hex'), null);
  for (let i = 0, seed = 1; i < 200; i++) {
    seed = (seed * 48_271) % 2_147_483_647;
    insert.run((seed - 1e9) * 10 ** ((seed % 600) - 300) * 1.1);
  }
  db.exec('COMMIT');
  if (wal) db.pragma('journal_mode = WAL');
  db.close();
}
