import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { abort, finish, start } from '../src/index.ts';
import { type Bench, makeBench } from './support/bench.ts';

/*
 * What is empty when a move begins needs no place in PostgreSQL, until somebody writes to it.
 */

const SQLITE = `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, note TEXT, spare TEXT); INSERT INTO t (v) VALUES ('a'), ('b');
  CREATE TABLE pairs (a TEXT, b INTEGER, v TEXT, note BLOB, PRIMARY KEY (a, b)) WITHOUT ROWID; INSERT INTO pairs VALUES ('x', 1, 'v', NULL);
  CREATE TABLE more (id INTEGER PRIMARY KEY)`;
const POSTGRES =
  'CREATE TABLE t (id bigint PRIMARY KEY, v text); CREATE TABLE pairs (a text, b bigint, v text, PRIMARY KEY (a, b))';

async function withBench(work: (bench: Bench) => Promise<void>) {
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    await work(bench);
  } finally {
    await bench.drop();
  }
}

const refusal = (what: string) => ({
  kind: 'source-refused',
  message: expect.stringContaining(`${what} was empty when the move was planned`),
  next: { step: 'abort-and-start' },
});

it.each([
  ['t.note', `UPDATE t SET note = 'x' WHERE id = 2`, `UPDATE t SET note = NULL`],
  ['t.spare', `INSERT INTO t (spare) VALUES ('x')`, 'DELETE FROM t WHERE spare IS NOT NULL'],
  ['pairs.note', `UPDATE pairs SET note = x'00'`, 'UPDATE pairs SET note = NULL'],
  ['table more', 'INSERT INTO more VALUES (1)', 'DELETE FROM more'],
])('%s is refused at the hand-over when it holds something by then', (what, write, undo) =>
  withBench(async (bench) => {
    await start(bench.options());
    bench.writer.exec(write);
    await expect(finish(bench.options())).rejects.toMatchObject(refusal(what));
    expect(await bench.states()).toBe('capturing moving');
    bench.writer.exec(undo);
    expect(await finish(bench.options())).toMatchObject({ outcome: 'handed-over' });
  }),
);

it('what was written right before the file began to log is refused, and behind the fence what came last', () =>
  withBench(async (bench) => {
    let isWritten = false;
    const early = bench.options((sql) => {
      if (isWritten || !sql.includes('INSERT INTO vatevo_cutover.move')) return;
      isWritten = true;
      bench.writer.exec(`UPDATE t SET note = 'early'`);
    });
    await expect(start(early)).rejects.toMatchObject(refusal('t.note'));
    expect(isWritten).toBe(true);
    await abort(bench.options());
    bench.writer.exec('UPDATE t SET note = NULL');
    await start(bench.options());
    let isLast = false;
    const late = bench.options((sql) => {
      if (isLast || !sql.includes('pg_stat_activity')) return;
      isLast = true;
      const writer = new Database(bench.file);
      writer.exec(`UPDATE t SET note = 'late'`);
      writer.close();
    });
    await expect(finish(late)).rejects.toMatchObject(refusal('t.note'));
  }));
