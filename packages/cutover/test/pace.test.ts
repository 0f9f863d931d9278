import { expect, it } from 'vitest';
import { abort, finish, start } from '../src/index.ts';
import { Pursuit } from '../src/pursuit.ts';
import { type Bench, LONG, makeBench, rowsIn, rowsOf } from './support/bench.ts';

/*
 * Writers that write more than is followed. The writing is done between two statements of the move, so that it is
 * always faster, whatever the machine.
 */

const SQLITE = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) INSERT INTO t SELECT i, 'v' || i FROM n;`;
const POSTGRES = 'CREATE TABLE t (id bigint PRIMARY KEY, v text)';

async function withBench(work: (bench: Bench) => Promise<void>, sqlite = SQLITE): Promise<void> {
  const bench = await makeBench(sqlite, POSTGRES);
  try {
    await work(bench);
  } finally {
    await bench.drop();
  }
}

const stateOf = ({ writer }: Bench) => writer.prepare('SELECT state FROM vatevo_cutover').pluck().get();

let times = 0;
/** One transaction of so many lines. A fence would let it fail. */
function write({ writer }: Bench, lines: number): void {
  writer.prepare('UPDATE t SET v = ? WHERE id <= ?').run(`new ${++times}`, lines);
}

const BUSY = {
  kind: 'source-busy',
  message: expect.stringMatching(/[\d,]+ changes.*run the same command again/s),
};

it('says that a writer is faster than it is followed, and leaves everything as it was', () =>
  withBench(async (bench) => {
    await start(bench.options());
    let isBusy = true;
    write(bench, 600);
    const options = () =>
      bench.options((sql) => void (isBusy && sql.includes('pg_temp') && write(bench, 600)), {
        paceWindowMs: 30,
      });
    for (const step of [start, finish]) await expect(step(options())).rejects.toMatchObject(BUSY);
    expect(await bench.states()).toBe('capturing moving');
    isBusy = false;
    expect(await finish(options())).toMatchObject({ outcome: 'handed-over' });
    expect(await rowsIn(bench, ['t'])).toEqual(rowsOf(bench.writer, ['t']));
  }));

it.runIf(LONG)(
  'says so too where they are faster than changes are compared, and keeps what is compared',
  () =>
    withBench(async (bench) => {
      await start(bench.options());
      let last = 6_000;
      // Of rows that nobody has compared yet, whenever some are compared.
      const insert = (lines: number) => {
        bench.writer
          .prepare(
            'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO t SELECT ? + i, i FROM n',
          )
          .run(lines, last);
        last += lines;
      };
      insert(20_000);
      const shown: number[] = [];
      const options = (isBusy: boolean) =>
        bench.options((sql) => void (isBusy && sql.includes('sha256') && insert(5_500)), {
          paceWindowMs: 10,
          onProgress: ({ stage, rows }) => void (stage === 'verify' && shown.push(rows)),
        });
      await expect(finish(options(true))).rejects.toMatchObject({
        ...BUSY,
        message: expect.stringMatching(/[\d,]+ changes are not compared yet.*run the same command again/s),
      });
      expect(await bench.states()).toBe('capturing moving');
      expect(shown.length).toBeGreaterThan(0);
      expect(await finish(options(false))).toMatchObject({ outcome: 'handed-over' });
      expect(await rowsIn(bench, ['t'])).toEqual(rowsOf(bench.writer, ['t']));
    }),
);

it('compares a row once that is named thousands of times', () =>
  withBench(async (bench) => {
    await start(bench.options());
    const update = bench.writer.prepare('UPDATE t SET v = ? WHERE id <= 10');
    bench.writer.transaction(() => {
      for (let i = 0; i < 2_000; i++) update.run(i);
    })();
    let comparisons = 0;
    await finish(bench.options((sql) => void (sql.includes('sha256') && comparisons++)));
    expect(comparisons).toBe(1);
    expect(await rowsIn(bench, ['t'])).toEqual(rowsOf(bench.writer, ['t']));
  }));

/** Writes as much as is not applied in a moment, the last thing before the fence. @param most how often */
function beforeFence(
  bench: Bench,
  most: number,
): { options: () => ReturnType<Bench['options']>; left: number[] } {
  const left: number[] = [];
  let isFenced = false;
  let isNext = false;
  const between = async (sql: string) => {
    if (stateOf(bench) === 'capturing') {
      isFenced = false;
      // The last question but one before the fence, and the last one.
      if (sql.includes('FROM pg_locks')) isNext = true;
      else if (isNext && sql.startsWith('SELECT id, state')) {
        isNext = false;
        if (times < most) write(bench, 2_100);
      }
    } else if (!isFenced && stateOf(bench) === 'fenced') {
      isFenced = true;
      const [move] = await bench.query<{ applied: string }>('SELECT applied FROM vatevo_cutover.move');
      const end = bench.writer.prepare('SELECT max(seq) FROM vatevo_cutover_change').pluck().get() as number;
      left.push(end - Number(move?.applied));
    }
  };
  return { options: () => bench.options(between), left };
}

it('puts no fence up in front of more changes than are applied in a moment', () =>
  withBench(async (bench) => {
    await start(bench.options());
    times = 0;
    const { options, left } = beforeFence(bench, 2);
    expect(await finish(options())).toMatchObject({ outcome: 'handed-over' });
    expect(times).toBe(2);
    expect(left).toHaveLength(1);
    expect(left[0]).toBeLessThanOrEqual(2_000);
    expect(await rowsIn(bench, ['t'])).toEqual(rowsOf(bench.writer, ['t']));
  }));

it('gives up when too much is written each time that it is to hand over', () =>
  withBench(async (bench) => {
    await start(bench.options());
    times = 0;
    const { options, left } = beforeFence(bench, Number.POSITIVE_INFINITY);
    await expect(finish(options())).rejects.toMatchObject(BUSY);
    expect(left).toEqual([]);
    expect(await bench.states()).toBe('capturing moving');
    await abort(bench.options());
  }));

it.runIf(LONG)('takes a few large values for no slowness', () =>
  withBench(async (bench) => {
    await start(bench.options());
    bench.writer.exec(`UPDATE t SET v = hex(zeroblob(2200000)) || id WHERE id <= 5`);
    let small = 0;
    // Each of the large ones is a read of its own, in the time of which more small ones come.
    const between = (sql: string) => {
      if (/^COPY pg_temp/.test(sql) && ++small <= 5)
        bench.writer.exec(`UPDATE t SET v = v || '+' WHERE id IN (${small + 5}, ${small + 6})`);
    };
    const finished = await finish(bench.options(between, { paceWindowMs: 1 }));
    expect(finished).toMatchObject({ outcome: 'handed-over' });
    expect(small).toBeGreaterThanOrEqual(5);
    expect(await rowsIn(bench, ['t'])).toEqual(rowsOf(bench.writer, ['t']));
  }, 'CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) INSERT INTO t SELECT i, i FROM n'),
);

it.runIf(LONG)('reads large values one after the other', () =>
  withBench(async (bench) => {
    await start(bench.options());
    bench.writer.exec(`UPDATE t SET v = hex(zeroblob(1000000)) || id WHERE id <= 7`);
    let copies = 0;
    await finish(bench.options((sql) => void (/^COPY pg_temp/.test(sql) && copies++)));
    // 2 MB each, of which a read takes three at most: three reads, and the last of them is applied with its rows.
    expect(copies).toBeGreaterThanOrEqual(2);
    expect(await rowsIn(bench, ['t'])).toEqual(rowsOf(bench.writer, ['t']));
  }, 'CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) INSERT INTO t SELECT i, i FROM n'),
);

it('follows rows that change while those of the same lines are read one after the other', async () => {
  const bench = await makeBench(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
     CREATE TABLE named (k TEXT NOT NULL PRIMARY KEY, v TEXT);
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6) INSERT INTO t SELECT i, i FROM n;
     INSERT INTO named SELECT 'k' || id, v FROM t;`,
    'CREATE TABLE t (id bigint PRIMARY KEY, v text); CREATE TABLE named (k text PRIMARY KEY, v text)',
  );
  try {
    await start(bench.options());
    bench.writer.exec(
      'UPDATE t SET v = hex(zeroblob(2200000)) || id; UPDATE named SET v = hex(zeroblob(2200000)) || k',
    );
    // Of rows that were read and of such as were not: changed, removed, put elsewhere, written anew.
    const changes = [
      `UPDATE t SET v = 'read' WHERE id = 1; UPDATE t SET v = 'unread' WHERE id = 6`,
      `DELETE FROM t WHERE id IN (2, 5); INSERT INTO t VALUES (2, 'again'), (7, 'new')`,
      `UPDATE t SET id = 40 WHERE id = 3; UPDATE t SET id = 0 WHERE id = 6`,
      `UPDATE named SET rowid = rowid + 100 WHERE k = 'k1'; UPDATE named SET rowid = -1 WHERE k = 'k6'`,
      `REPLACE INTO named VALUES ('k1', 'replaced'), ('k3', 'replaced')`,
      `UPDATE named SET rowid = -rowid WHERE k IN ('k2', 'k5')`,
      `DELETE FROM named WHERE k = 'k4'; UPDATE named SET k = 'k4' WHERE k = 'k5'`,
    ];
    const left = [...changes];
    const between = (sql: string) => {
      if (/^COPY pg_temp/.test(sql)) bench.writer.exec(left.shift() ?? '');
    };
    await finish(bench.options(between));
    expect(left).toEqual([]);
    expect(await rowsIn(bench, ['t', 'named'])).toEqual(rowsOf(bench.writer, ['t', 'named']));
  } finally {
    await bench.drop();
  }
});

it('says so too where what is left grows and shrinks in turns, and follows whoever is slower', () => {
  const looks = (next: (n: number) => number, most = 100) => {
    const pursuit = new Pursuit(({ behind }) => `${behind} changes; run the same command again`, 0);
    let n = 0;
    // A thousand lines are applied each time.
    for (; n < most; n++) {
      try {
        pursuit.look(BigInt(n) * 1000n, BigInt(n) * 1000n + BigInt(next(n)));
      } catch (error) {
        expect(error).toMatchObject(BUSY);
        break;
      }
    }
    return n;
  };
  expect(looks((n) => 70_000 + (n % 3) * 3_000)).toBeLessThan(20);
  expect(looks((n) => 70_000 - n * 150)).toBe(100);
  // An import that ends before it is taken for more.
  expect(looks((n) => (n < 2 ? 50_000 * n + 1 : 55_000 - 5_000 * n), 10)).toBe(10);
});
