import pg from 'pg';
import { expect, it, vi } from 'vitest';
import { finish, rollback, start } from '../src/index.ts';
import { type Bench, LONG, makeBench, rowsIn, rowsOf } from './support/bench.ts';

/*
 * Writers of PostgreSQL that write more than a failback follows, and transactions of any size.
 */

const ROWS = LONG ? 300_000 : 30_000;
const SQLITE = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT UNIQUE); CREATE TABLE u (id INTEGER PRIMARY KEY, n INTEGER);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) INSERT INTO t SELECT i, 'v' || i FROM n;
  INSERT INTO u VALUES (1, 0)`;
const POSTGRES =
  'CREATE TABLE t (id bigint PRIMARY KEY, v text UNIQUE); CREATE TABLE u (id bigint PRIMARY KEY, n bigint)';
const TABLES = ['t', 'u'];

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    await start(bench.options());
    await finish(bench.options());
    await work(bench);
  } finally {
    await bench.drop();
  }
}

let times = 0;
const write = (bench: Bench, rows: number) =>
  bench.query(`UPDATE t SET v = $1 || id WHERE id <= $2`, [`new ${++times} `, rows]);

const BUSY = {
  kind: 'source-busy',
  message: expect.stringMatching(
    /PostgreSQL goes on serving, nothing was handed back.*run the same command again/s,
  ),
};

/**
 * Writes some hundred times a second until it is refused. It runs in the server: this process stands still while a
 * failback writes to its file.
 *
 * @returns the longest time between two writes, in milliseconds
 */
async function writeUntilFenced({ url }: Bench): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`
      DO $$
      DECLARE last timestamptz := clock_timestamp(); longest interval := '0'; is_refused boolean := false;
      BEGIN
        WHILE NOT is_refused LOOP
          BEGIN
            UPDATE u SET n = n + 1;
          EXCEPTION WHEN read_only_sql_transaction THEN is_refused := true;
          END;
          COMMIT;
          longest := greatest(longest, clock_timestamp() - last);
          last := clock_timestamp();
          PERFORM pg_sleep(0.002);
        END LOOP;
        PERFORM set_config('test.longest', (extract(epoch FROM longest) * 1000)::text, false);
      END $$`);
    const { rows } = await client.query<{ ms: string }>(`SELECT current_setting('test.longest') AS ms`);
    return Number(rows[0]?.ms);
  } finally {
    await client.end();
  }
}

it(
  'keeps nobody from writing for as long as a transaction takes that ends as the fence is put up',
  { timeout: 600_000 },
  () =>
    withBench(async (bench) => {
      const batch = new pg.Client({ connectionString: bench.url });
      await batch.connect();
      try {
        let locks = 0;
        let looks = 0;
        let fences = 0;
        const writing: Promise<number>[] = [];
        const between = async (sql: string) => {
          if (/CREATE FUNCTION \S+refuse_write/.test(sql)) fences++;
          if (sql.includes('LIMIT 2001')) looks++;
          if (!sql.startsWith('LOCK TABLE') || ++locks > 1) return;
          // Every unique value changes hands.
          await batch.query('BEGIN; DELETE FROM t WHERE id % 3 = 0');
          await batch.query(`UPDATE t SET v = '_' || v; UPDATE t SET v = 'v' || (${ROWS} + 1 - id)`);
          writing.push(writeUntilFenced(bench));
          setTimeout(() => void batch.query('COMMIT'), 100);
        };
        const done = await rollback(bench.options(between));
        // Once with more behind the lock than may be, and once for good.
        expect({ looks, fences }).toEqual({ looks: 2, fences: 1 });
        // What a failback promises: FENCE_MS.
        expect(done.downtimeMs).toBeLessThan(2_000);
        expect(await writing[0]).toBeLessThan(2_000);
        expect(rowsOf(bench.writer, TABLES)).toEqual(await rowsIn(bench, TABLES));
      } finally {
        await batch.end();
      }
    }),
);

it.runIf(LONG)('gives up when too much is written each time that it is to hand back', () =>
  withBench(async (bench) => {
    let locks = 0;
    const between = async (sql: string) => {
      if (!sql.startsWith('LOCK TABLE')) return;
      locks++;
      await write(bench, 2_100);
    };
    await expect(rollback(bench.options(between))).rejects.toMatchObject(BUSY);
    expect(locks).toBe(5);
    expect(await bench.states()).toBe('handed-over serving');
    expect(await rollback(bench.options())).toMatchObject({ outcome: 'failed-back' });
    expect(rowsOf(bench.writer, TABLES)).toEqual(await rowsIn(bench, TABLES));
  }),
);

it('lifts the fence where what is left is little and large', () =>
  withBench(async (bench) => {
    const now = performance.now.bind(performance);
    let fences = 0;
    let late = 0;
    let written = false;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + late);
    try {
      const between = async (sql: string) => {
        if (/CREATE FUNCTION \S+refuse_write/.test(sql)) fences++;
        if (!written && sql.startsWith('LOCK TABLE')) {
          written = true;
          await write(bench, 150);
        }
        // More time goes by behind the first fence than anybody may be kept from writing.
        if (fences === 1 && sql.startsWith('DECLARE')) late = 5_000;
      };
      expect(await rollback(bench.options(between))).toMatchObject({ outcome: 'failed-back' });
    } finally {
      clock.mockRestore();
    }
    expect(fences).toBe(2);
    expect(rowsOf(bench.writer, TABLES)).toEqual(await rowsIn(bench, TABLES));
  }));

it('says that a writer is faster than it is followed, and leaves the file at a state of PostgreSQL', () =>
  withBench(async (bench) => {
    const between = async (sql: string) => void (sql.startsWith('DECLARE') && (await write(bench, 2_500)));
    await expect(rollback(bench.options(between, { paceWindowMs: 10 }))).rejects.toMatchObject({
      ...BUSY,
      message: expect.stringMatching(/is written to faster than .* follows.*[\d,]+ changes behind/s),
    });
    expect(await bench.states()).toBe('handed-over serving');
    expect(await rollback(bench.options())).toMatchObject({ outcome: 'failed-back' });
    expect(rowsOf(bench.writer, TABLES)).toEqual(await rowsIn(bench, TABLES));
  }));

it('leaves the file as it was when it is cut off among the changes, and goes on from there', () =>
  withBench(async (bench) => {
    const before = rowsOf(bench.writer, TABLES);
    await bench.query(`UPDATE t SET v = '_' || v WHERE id <= 9000`);
    await bench.query(`UPDATE t SET v = 'v' || (9001 - id) WHERE id <= 9000; DELETE FROM u`);
    // When all rows are removed, and some are there again.
    let reads = 0;
    const cutting = bench.options(
      (sql, cut) => void (/^SELECT .* FROM "public"."t" r .*WHERE/s.test(sql) && ++reads === 3 && cut()),
    );
    await expect(rollback(cutting)).rejects.toThrow();
    expect(reads).toBe(3);
    expect(rowsOf(bench.writer, TABLES)).toEqual(before);
    expect(await rollback(bench.options())).toMatchObject({ outcome: 'failed-back' });
    expect(rowsOf(bench.writer, TABLES)).toEqual(await rowsIn(bench, TABLES));
  }));
