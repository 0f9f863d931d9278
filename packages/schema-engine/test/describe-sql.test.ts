import { parsePostgresUrl } from '@vatevo/connection';
import { type TestDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSchemaEngine, type SchemaEngine } from '../src/index.ts';
import { query } from './support/postgres.ts';

describe('what a query takes and gives', () => {
  let database: TestDatabase;
  let engine: SchemaEngine;

  beforeAll(async () => {
    database = await testDatabase();
    await query(
      database.url,
      `CREATE TYPE "Mood" AS ENUM ('GOOD', 'BAD');
       CREATE DOMAIN amount AS numeric(12, 2);
       CREATE TABLE author (id integer PRIMARY KEY, name text NOT NULL, mood "Mood", moods "Mood"[] NOT NULL);
       CREATE TABLE book (id bigint PRIMARY KEY, author_id integer REFERENCES author, price amount NOT NULL,
                          tags text[] NOT NULL, data jsonb, file bytea NOT NULL, at timestamptz NOT NULL);`,
    );
    engine = openSchemaEngine({ target: parsePostgresUrl(database.url) });
  });
  afterAll(async () => {
    await engine.close();
    await database.drop();
  });

  const describeSql = (source: string) => engine.describeSql({ name: 'it', source });
  /** `name: type`, with a question mark for what may be NULL. */
  const columnsOf = async (source: string) =>
    (await describeSql(source)).resultColumns.map(
      ({ name, typ, nullable }) => `${name}: ${typ}${nullable ? '?' : ''}`,
    );

  it('is told by the server, and by the comments in front of it', async () => {
    const source = `
      -- Books of an author,
      -- by price.
      -- @param {Int} $1:author who wrote them
      -- @param $3:most?
      SELECT * FROM book WHERE author_id = $1 AND price < $2 LIMIT $3 -- @param of no meaning here`;
    expect(await describeSql(source)).toEqual({
      name: 'it',
      source,
      documentation: 'Books of an author,\nby price.',
      parameters: [
        { name: 'author', typ: 'int', documentation: 'who wrote them', nullable: false },
        { name: '_2', typ: 'decimal', documentation: null, nullable: false },
        { name: 'most', typ: 'bigint', documentation: null, nullable: true },
      ],
      resultColumns: [
        { name: 'id', typ: 'bigint', nullable: false },
        { name: 'author_id', typ: 'int', nullable: true },
        { name: 'price', typ: 'decimal', nullable: false },
        { name: 'tags', typ: 'string-array', nullable: false },
        { name: 'data', typ: 'json', nullable: true },
        { name: 'file', typ: 'bytes', nullable: false },
        { name: 'at', typ: 'datetime', nullable: false },
      ],
    });
    expect(await columnsOf('SELECT mood, moods, now()::date AS day FROM author')).toEqual([
      'mood: Mood?',
      'moods: Mood-array',
      'day: date?',
    ]);
    expect(await columnsOf(`UPDATE author SET name = 'x' WHERE id = $1`)).toEqual([]);
    expect(await query(database.url, 'SELECT * FROM author')).toEqual([]);
  });

  it.each([
    ['SELECT a.name FROM author a JOIN book b ON b.author_id = a.id', 'name: string'],
    ['SELECT name FROM author WHERE EXISTS (SELECT FROM book WHERE author_id = author.id)', 'name: string'],
    ['SELECT a.name FROM book b LEFT JOIN author a ON b.author_id = a.id', 'name: string?'],
    ['SELECT a.name FROM author a RIGHT JOIN book b ON b.author_id = a.id', 'name: string?'],
    ['SELECT a.name FROM author a FULL JOIN book b ON b.author_id = a.id', 'name: string?'],
    [
      'SELECT x.name FROM (SELECT a.name FROM book b LEFT JOIN author a ON b.author_id = a.id) x',
      'name: string?',
    ],
    [
      'SELECT a.name FROM book b LEFT JOIN author a ON b.author_id = a.id WHERE a.id IS NULL',
      'name: string?',
    ],
    ['SELECT name FROM author UNION ALL SELECT NULL', 'name: string?'],
    ['SELECT x.name FROM (SELECT name FROM author UNION SELECT NULL) x', 'name: string?'],
    ['SELECT name FROM author GROUP BY ROLLUP (name)', 'name: string?'],
    ['SELECT name FROM author GROUP BY GROUPING SETS ((name), ())', 'name: string?'],
    ['SELECT name FROM author GROUP BY name', 'name: string'],
    ['SELECT max(name) AS name FROM author', 'name: string?'],
    [`INSERT INTO author VALUES (1, 'x', NULL, '{}') RETURNING name`, 'name: string?'],
  ])('tells in %s whether its column may be NULL', async (source, column) => {
    expect(await columnsOf(source)).toEqual([column]);
  });

  it.each([
    ['SELECT * FROM nowhere', /^PostgreSQL says: relation "nowhere" does not exist\.$/],
    ['SELECT 1; SELECT 2', /^PostgreSQL says: cannot insert multiple commands into a prepared statement\.$/],
    [
      `SELECT '1 day'::interval AS age`,
      /^Its column "age" is of type interval, .* cast it to another, such as text\.$/,
    ],
    ['SELECT $1::inet::text', /^Its parameter \$1 is of type inet, /],
    [
      '-- @param {Integer} $1:id\nSELECT $1::int',
      /^The comment "@param \{Integer\} \$1:id" has not the form .* types Int, /,
    ],
    ['-- @param {Int} $2:id\nSELECT $1::int', /^It has no parameter \$2\.$/],
  ])('refuses %j', async (source, message) => {
    await expect(describeSql(source)).rejects.toMatchObject({
      name: 'SchemaEngineError',
      message: expect.stringMatching(message),
    });
  });

  it('is not told by SQLite', async () => {
    const sqlite = openSchemaEngine({ target: { kind: 'sqlite', file: ':memory:' } });
    try {
      await expect(sqlite.describeSql({ name: 'it', source: 'SELECT 1' })).rejects.toThrow(
        /and not by SQLite/,
      );
    } finally {
      await sqlite.close();
    }
  });
});
