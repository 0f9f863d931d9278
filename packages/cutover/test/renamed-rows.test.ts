import { expect, it } from 'vitest';
import { finish, rollback, start } from '../src/index.ts';
import { type Bench, makeBench } from './support/bench.ts';

/*
 * Rows that were given other keys in PostgreSQL keep what the file alone holds of them.
 */

const SQLITE = `
  CREATE TABLE item (code TEXT PRIMARY KEY, name TEXT, note BLOB);
  INSERT INTO item VALUES ('a', 'A', x'0a'), ('b', 'B', x'0b'), ('c', 'C', x'0c'), ('d', 'D', x'0d'), ('e', 'E', NULL), ('f', 'F', 'kept');
  CREATE TABLE line (item TEXT, place INTEGER, note TEXT, PRIMARY KEY (item, place));
  INSERT INTO line VALUES ('a', 1, 'first'), ('a', 2, 'second');`;
const POSTGRES = `
  CREATE TABLE item (code text PRIMARY KEY, name text);
  CREATE TABLE line (place int, item text, PRIMARY KEY (place, item))`;
const MAPPING = { decisions: { leaveBehind: ['item.note', 'line.note'] } };

/** What is written while PostgreSQL serves: a chain, two that change places, a key of a row that is gone, a new row, all of a key. */
const WRITTEN = [
  `UPDATE item SET code = 'a1' WHERE code = 'a'; UPDATE item SET code = 'a2', name = 'A2' WHERE code = 'a1'`,
  `UPDATE item SET code = 'x' WHERE code = 'b'; UPDATE item SET code = 'b' WHERE code = 'c'; UPDATE item SET code = 'c' WHERE code = 'x'`,
  `DELETE FROM item WHERE code = 'd'; UPDATE item SET code = 'd' WHERE code = 'e'`,
  `INSERT INTO item VALUES ('a', 'new'), ('g', 'new'); UPDATE item SET code = 'h' WHERE code = 'g'`,
  `UPDATE line SET place = place + 10, item = 'a2'`,
];
const BACK = [
  'a|new|NULL',
  "a2|A2|X'0A'",
  "b|C|X'0C'",
  "c|B|X'0B'",
  'd|E|NULL',
  "f|F|'kept'",
  'h|new|NULL',
  "a2|11|'first'",
  "a2|12|'second'",
];

async function withServing(work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await makeBench(SQLITE, POSTGRES, { mapping: MAPPING });
  try {
    await start(bench.options());
    await finish(bench.options());
    for (const sql of WRITTEN) await bench.query(sql);
    await work(bench);
    const rows = bench.writer
      .prepare(
        `SELECT code || '|' || name || '|' || quote(note) FROM item UNION ALL SELECT item || '|' || place || '|' || quote(note) FROM line`,
      )
      .pluck()
      .all();
    expect(rows.toSorted()).toEqual(BACK.toSorted());
  } finally {
    await bench.drop();
  }
}

it('where the log is applied', () =>
  withServing(async (bench) => {
    expect(await rollback(bench.options(undefined, { mapping: {} }))).toMatchObject({
      outcome: 'failed-back',
    });
  }));

it('where a table was made otherwise meanwhile, and a failback before died', () =>
  withServing(async (bench) => {
    await bench.query('ALTER TABLE item ALTER COLUMN name TYPE varchar(80)');
    let died = false;
    const failing = rollback(
      bench.options(
        (sql) => {
          if (!sql.includes('FOR EACH STATEMENT') || died) return;
          died = true;
          throw new Error('died');
        },
        { mapping: {} },
      ),
    );
    await expect(failing).rejects.toThrow('died');
    expect(died).toBe(true);
    expect(await rollback(bench.options(undefined, { mapping: {} }))).toMatchObject({
      outcome: 'failed-back',
    });
  }));

it('where all is copied anew', () =>
  withServing(async (bench) => {
    const options = bench.options(undefined, { mapping: {} });
    expect(await rollback({ ...options, copyAll: true })).toMatchObject({ outcome: 'failed-back' });
  }));
