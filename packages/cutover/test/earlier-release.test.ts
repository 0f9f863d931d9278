import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { abort, close, finish, rollback, start, status, verifyMoved } from '../src/index.ts';
import { type Bench, dump, hasTraces, makeBench, rowsIn, rowsOf, shapeOf } from './support/bench.ts';

/*
 * Moves that the release before the marks of the change log left in a stored state: earlier-release/ holds both
 * databases as it wrote them.
 */

const TABLES = ['people', 'notes'];

async function leftBehind(state: 'moving' | 'serving'): Promise<Bench> {
  const sql = (database: string) =>
    readFileSync(join(import.meta.dirname, `earlier-release/${state}.${database}.sql`), 'utf8');
  const bench = await makeBench(sql('sqlite'), sql('postgres'));
  // Only these two are the test's: the file that the release knew is not this one.
  const { dev, ino } = statSync(bench.file, { bigint: true });
  const version = bench.writer.pragma('schema_version', { simple: true });
  await bench.query('UPDATE vatevo_cutover.move SET inode = $1, schema_version = $2', [
    `${dev}:${ino}`,
    version,
  ]);
  return bench;
}

async function withMove(state: 'moving' | 'serving', work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await leftBehind(state);
  try {
    await work(bench);
  } finally {
    await bench.drop();
  }
}

it('refuses to resume a move whose log cannot show a file that went back, and moves anew', () =>
  withMove('moving', async (bench) => {
    expect(await status(bench.options())).toMatchObject({ file: 'capturing', server: 'moving', lag: 3n });
    const refusal = { kind: 'wrong-state', message: /earlier release/, next: { step: 'abort-and-start' } };
    await expect(start(bench.options())).rejects.toMatchObject(refusal);
    await expect(finish(bench.options())).rejects.toMatchObject(refusal);
    // Nothing happened, and the service goes on.
    expect(await bench.states()).toBe('capturing moving');
    bench.writer.exec(`UPDATE people SET name = 'Ada L.' WHERE id = 1`);

    expect(await abort(bench.options())).toEqual({ outcome: 'aborted' });
    expect(await bench.states()).toBe('released none');
    expect(hasTraces(bench.file)).toBe(false);
    expect(dump(bench.writer).join()).not.toContain('vatevo');
    expect(await rowsIn(bench, TABLES)).toEqual({ people: [], notes: [] });
    // As the tables were made, with none of the forms that they have during a move.
    expect(JSON.stringify(await shapeOf(bench))).not.toMatch(/vatevo|DEFERRABLE/);
    await start(bench.options());
    expect(await finish(bench.options())).toMatchObject({ outcome: 'handed-over', rows: { people: 3 } });
    expect(await bench.query('SELECT name FROM people WHERE id = 1')).toEqual([{ name: 'Ada L.' }]);
  }));

it('verifies, and goes back from, a PostgreSQL that has served since the earlier release', () =>
  withMove('serving', async (bench) => {
    expect(await status(bench.options())).toMatchObject({ file: 'handed-over', server: 'serving' });
    expect(await finish(bench.options())).toMatchObject({ outcome: 'already-over' });
    expect((await verifyMoved(bench.options()))?.differences).toEqual([]);
    await bench.query(`UPDATE notes SET amount = 7 WHERE id = 3; DELETE FROM people WHERE id = 1`);
    expect(await rollback(bench.options())).toMatchObject({
      outcome: 'failed-back',
      rows: { people: 3, notes: 2 },
    });
    expect(await bench.states()).toBe('released failed-back');
    expect(rowsOf(bench.writer, ['people'])).toEqual(await rowsIn(bench, ['people']));
    expect(bench.writer.prepare('SELECT id, person_id, amount FROM notes ORDER BY id').all()).toEqual([
      { id: 3, person_id: 2, amount: '7' },
      { id: 4, person_id: 4, amount: '4.5' },
    ]);
    // And there again, by this release alone.
    await start(bench.options());
    expect(await finish(bench.options())).toMatchObject({ outcome: 'handed-over' });
    expect(rowsOf(bench.writer, ['people'])).toEqual(await rowsIn(bench, ['people']));
  }));

it('closes a move that the earlier release handed over', () =>
  withMove('serving', async (bench) => {
    expect(await close(bench.options())).toEqual({ outcome: 'closed' });
    await bench.query(`INSERT INTO people (name) VALUES ('Ed')`);
    expect(await bench.states()).toBe('handed-over closed');
    expect(JSON.stringify(await shapeOf(bench))).not.toContain('vatevo');
  }));

it('lets triggers act again that an earlier release had silenced in the schema of the move', async () => {
  const bench = await makeBench(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a')`,
    `CREATE TABLE t (id int PRIMARY KEY, v text);
     CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v := upper(NEW.v); RETURN NEW; END $$;
     CREATE TRIGGER shout BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION shout()`,
  );
  try {
    await start(bench.options());
    // As that release kept it.
    await bench.query(`
      CREATE TABLE vatevo_cutover.silenced (move_id text NOT NULL REFERENCES vatevo_cutover.move (id) ON DELETE CASCADE,
        kind text NOT NULL, oid oid NOT NULL, enabled text NOT NULL, PRIMARY KEY (move_id, kind, oid));
      INSERT INTO vatevo_cutover.silenced SELECT m.id, s.kind, s.oid, s.enabled FROM vatevo_transfer.silenced s, vatevo_cutover.move m;
      DROP TABLE vatevo_transfer.silenced`);
    await finish(bench.options());
    await bench.query(`INSERT INTO t VALUES (2, 'b')`);
    expect(await bench.query('SELECT v FROM t ORDER BY id')).toEqual([{ v: 'a' }, { v: 'B' }]);
    expect(await bench.query(`SELECT to_regclass('vatevo_cutover.silenced') AS found`)).toEqual([
      { found: null },
    ]);
  } finally {
    await bench.drop();
  }
});
