import { expect, it } from 'vitest';
import { finish, rollback, start } from '../src/index.ts';
import { LONG, makeBench, rowsIn, rowsOf } from './support/bench.ts';

/** Rows of a table that is read a thousand rowids at a time. */
const ROWS = 8_000;

it.runIf(LONG)('reads the log once for all rows that were changed while they were compared', async () => {
  const bench = await makeBench(
    `CREATE TABLE t (k TEXT NOT NULL PRIMARY KEY, v TEXT);
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) INSERT INTO t SELECT 'k' || i, i FROM n;`,
    'CREATE TABLE t (k text PRIMARY KEY, v text)',
  );
  try {
    let changedInFile = false;
    await start(
      bench.options((sql) => {
        if (changedInFile || !sql.includes('sha256')) return;
        changedInFile = true;
        bench.writer.exec(`UPDATE t SET v = v || '!'`);
      }),
    );
    expect(changedInFile).toBe(true);
    await finish(bench.options());
    expect(await rowsIn(bench, ['t'])).toEqual(rowsOf(bench.writer, ['t']));

    let changed = false;
    let readings = 0;
    await rollback(
      bench.options(async (sql) => {
        if (/FROM vatevo_cutover\.change\b/.test(sql)) readings++;
        if (changed || !sql.includes('sha256')) return;
        changed = true;
        readings = 0;
        await bench.query(`UPDATE t SET v = v || '?'`);
      }),
    );
    expect(changed).toBe(true);
    expect(readings).toBeGreaterThan(0);
    expect(readings).toBeLessThan(ROWS / 1_000);
    expect(await rowsIn(bench, ['t'])).toEqual(rowsOf(bench.writer, ['t']));
  } finally {
    await bench.drop();
  }
});

/** @returns milliseconds from the moment in which every row is changed, while it is compared, to the end of the start */
async function compareBesideChanges(rows: number): Promise<number> {
  const bench = await makeBench(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) INSERT INTO t SELECT i, i FROM n;`,
    'CREATE TABLE t (id bigint PRIMARY KEY, v text)',
  );
  try {
    let changed: number | undefined;
    await start(
      bench.options((sql) => {
        if (changed !== undefined || !sql.includes('sha256')) return;
        bench.writer.exec(`UPDATE t SET v = v || '!'`);
        changed = performance.now();
      }),
    );
    const took = performance.now() - (changed ?? Number.NaN);
    await finish(bench.options());
    expect(await bench.query('SELECT count(*)::int AS n FROM t WHERE v = id || $1', ['!'])).toEqual([
      { n: rows },
    ]);
    return took;
  } finally {
    await bench.drop();
  }
}

it.runIf(LONG)(
  'takes four times as long for four times as many changes, and not sixteen times',
  async () => {
    const took = [await compareBesideChanges(50_000), await compareBesideChanges(200_000)] as const;
    if (process.env.VATEVO_TEST_SHOW === '1')
      process.stdout.write(`${took.map(Math.round).join(' and ')} ms\n`);
    expect(took[1] / took[0]).toBeLessThan(8);
  },
  1_200_000,
);
