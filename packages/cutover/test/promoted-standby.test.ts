import { expect, it } from 'vitest';
import { abandon, abort, finish, rollback, start, status } from '../src/index.ts';
import { type Bench, hasTraces, LONG, makeBench, rowsIn, rowsOf } from './support/bench.ts';

/*
 * An asynchronous standby is promoted that had not followed up to the hand-over: PostgreSQL goes back in time, and the
 * file was handed over to one that is lost.
 */

const SQLITE = `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) INSERT INTO t SELECT i, 'v' || i FROM n;`;
const POSTGRES = 'CREATE TABLE t (id bigint PRIMARY KEY, v text)';
const LOST = { handOverIsLost: true };

const ASKS = {
  kind: 'wrong-state',
  message: expect.stringContaining('knows nothing of it'),
  next: { step: 'recover-or-take-back', canMoveOn: true },
};

/** Copied, written to since, and handed over to a PostgreSQL that is lost then. */
async function withLostHandOver(work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    await start(bench.options());
    const promote = await bench.follow();
    bench.writer.exec(
      `UPDATE t SET v = 'since' WHERE id <= 10; DELETE FROM t WHERE id = 20; INSERT INTO t VALUES (99, 'new')`,
    );
    await finish(bench.options());
    await promote();
    expect(await bench.states()).toBe('handed-over moving');
    for (const step of [start, finish, abort])
      await expect(step(bench.options())).rejects.toMatchObject(ASKS);
    expect(() => bench.writer.exec('DELETE FROM t')).toThrow('vatevo_cutover_fence');
    await work(bench);
  } finally {
    await bench.drop();
  }
}

it('hands over again, to the standby, with everything that the file holds', () =>
  withLostHandOver(async (bench) => {
    expect(await finish(bench.options(undefined, LOST))).toMatchObject({
      outcome: 'handed-over',
      copiedAnew: false,
    });
    expect(await rowsIn(bench, ['t'])).toEqual(rowsOf(bench.writer, ['t']));
    // And failback is open, as ever.
    await bench.query(`UPDATE t SET v = 'served' WHERE id = 1`);
    await rollback(bench.options());
    expect(bench.writer.prepare('SELECT v FROM t WHERE id = 1').pluck().get()).toBe('served');
  }));

it.runIf(LONG)('leaves the service to the file, which goes on being followed or not', () =>
  withLostHandOver(async (bench) => {
    await start(bench.options(undefined, LOST));
    expect(await bench.states()).toBe('capturing moving');
    bench.writer.exec(`UPDATE t SET v = 'goes on' WHERE id = 2`);
    await finish(bench.options());
    expect(await rowsIn(bench, ['t'])).toEqual(rowsOf(bench.writer, ['t']));
  }),
);

it('gives the move up, and takes no row from the file', () =>
  withLostHandOver(async (bench) => {
    const before = rowsOf(bench.writer, ['t']);
    expect(await abort(bench.options(undefined, LOST))).toEqual({ outcome: 'aborted' });
    expect(await bench.states()).toBe('released none');
    expect(rowsOf(bench.writer, ['t'])).toEqual(before);
    expect(hasTraces(bench.file)).toBe(false);
    expect(await rowsIn(bench, ['t'])).toEqual({ t: [] });
  }));

it('keeps rows that had come back from the lost PostgreSQL', async () => {
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    await start(bench.options());
    const promote = await bench.follow();
    await finish(bench.options());
    await bench.query(`UPDATE t SET v = 'served' WHERE id = 1`);
    // Stopped once a row has come back, before anything is fenced.
    const isBack = () => bench.writer.prepare('SELECT v FROM t WHERE id = 1').pluck().get() === 'served';
    await expect(rollback(bench.options((_, cut) => void (isBack() && cut())))).rejects.toThrow();
    expect(isBack()).toBe(true);
    await promote();
    expect((await status(bench.options())).fault).toMatchObject({
      next: { step: 'recover-or-take-back', canMoveOn: false },
    });
    const refusal = {
      kind: 'wrong-state',
      message: expect.stringContaining('had come back'),
      next: { step: 'abort-lost-and-start' },
    };
    await expect(finish(bench.options(undefined, LOST))).rejects.toMatchObject(refusal);
    // Interrupted when the file is taken back, and nothing else is done.
    const interrupted = abort(
      bench.options((sql, cut) => void (sql.includes('move SET state') && cut()), LOST),
    );
    await expect(interrupted).rejects.toThrow();
    expect(await bench.states()).toBe('capturing moving');
    for (const command of [start, finish])
      await expect(command(bench.options(undefined, LOST))).rejects.toMatchObject(refusal);
    expect((await status(bench.options())).fault).toMatchObject(refusal);
    expect(await abort(bench.options(undefined, LOST))).toEqual({ outcome: 'aborted' });
    expect(isBack()).toBe(true);
    await start(bench.options());
    await finish(bench.options());
    expect(await rowsIn(bench, ['t'])).toEqual(rowsOf(bench.writer, ['t']));
  } finally {
    await bench.drop();
  }
});

it('takes the file out of a move that the standby had not heard of', async () => {
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    const promote = await bench.follow();
    await start(bench.options());
    await finish(bench.options());
    await promote();
    expect(await status(bench.options())).toMatchObject({ file: 'handed-over', server: 'none' });
    await expect(abort(bench.options())).rejects.toMatchObject({
      kind: 'wrong-state',
      next: { step: 'check-target-or-abandon', handedOver: true },
    });
    expect(() => abandon(bench.file)).toThrow('lacks every write since');
    expect(abandon(bench.file, LOST)).toEqual({ outcome: 'aborted' });
    await start(bench.options());
    expect(await finish(bench.options())).toMatchObject({ outcome: 'handed-over', rows: { t: 50 } });
  } finally {
    await bench.drop();
  }
});
