import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { finish, start } from '../src/index.ts';
import { LONG, makeBench } from './support/bench.ts';
import { type Pace, paceOf, Writers } from './support/writers.ts';

/*
 * What a service of several processes notices of a move: no write fails, and none is lost. How long writers wait is measured
 * in the long suite, against the same writers without a move, just before and in between: on a machine that has
 * other things to do the two differ by chance, and the more the shorter they are measured.
 */

const ROWS = LONG ? 200_000 : 2_000;
/** Milliseconds for which they write alone, twice; for no measure in the short suite. */
const ALONE = LONG ? 10_000 : 200;
const WRITES_A_SECOND = 200;
const TIMEOUT = LONG ? 600_000 : 120_000;

/** Of the writes that a move goes on beside. */
const MAX_P99 = 250;
const MAX_WAIT = 1_000;
const MIN_THROUGHPUT = 0.85;
/** Megabytes, for values of ten. */
const MAX_MEMORY = 400;

const SERVICES = (['delete', 'wal'] as const).flatMap((mode) =>
  [2, 4, 8].map((processes) => ({ mode, processes })),
);

it.for(SERVICES.filter(({ mode, processes }) => LONG || (mode === 'delete' && processes === 8)))(
  'lets $processes processes write ($mode)',
  { timeout: TIMEOUT },
  async ({ mode, processes }) => {
    const bench = await makeBench(
      `PRAGMA journal_mode = ${mode};
       CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT);
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
         INSERT INTO t SELECT i, hex(randomblob(200)) FROM n;`,
      'CREATE TABLE t (id bigserial PRIMARY KEY, v text)',
    );
    const writers = await Writers.start(bench.file, processes, WRITES_A_SECOND);
    try {
      const [began, starts] = [Date.now(), await later(ALONE)];
      await start(bench.options());
      const [started, finishes] = [Date.now(), await later(ALONE)];
      await finish(bench.options());
      const { writes, failures } = await writers.stop();
      expect(failures).toEqual([]);
      // Nobody writes behind the fence.
      const fenced = Math.max(...writes.map(([at]) => at));
      const alone = paceOf(writes, [began, starts], [started, finishes]);
      const moving = { start: paceOf(writes, [starts, started]), finish: paceOf(writes, [finishes, fenced]) };
      if (process.env.VATEVO_TEST_SHOW === '1') show(mode, processes, { alone, ...moving });
      const inFile = bench.writer.prepare('SELECT count(*) AS n FROM t').get();
      expect(await bench.query('SELECT count(*)::int AS n FROM t')).toEqual([inFile]);
      if (!LONG) return;
      for (const [step, { perSecond, p99, longest }] of Object.entries(moving)) {
        expect(perSecond, step).toBeGreaterThanOrEqual(MIN_THROUGHPUT * alone.perSecond);
        expect(p99, step).toBeLessThanOrEqual(MAX_P99 + alone.p99);
        expect(longest, step).toBeLessThanOrEqual(MAX_WAIT + alone.longest);
      }
    } finally {
      writers.kill();
      await bench.drop();
    }
  },
);

it.runIf(LONG)(
  'lets processes write beside large values, which go one at a time',
  async () => {
    const values = 50;
    const bench = await makeBench(
      `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b');
     CREATE TABLE large (k TEXT NOT NULL PRIMARY KEY, v TEXT);
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${values}) INSERT INTO large SELECT 'k' || i, i FROM n;`,
      'CREATE TABLE t (id bigserial PRIMARY KEY, v text); CREATE TABLE large (k text PRIMARY KEY, v text)',
    );
    await start(bench.options());
    for (let i = 1; i <= values; i++) {
      bench.writer.prepare(`UPDATE large SET v = hex(randomblob(5000000)) WHERE k = ?`).run(`k${i}`);
    }
    const writers = await Writers.start(bench.file, 2, 50);
    const memory = new Memory();
    try {
      const [began, finishes] = [Date.now(), await later(ALONE)];
      await finish(bench.options());
      const { writes, failures } = await writers.stop();
      expect(failures).toEqual([]);
      const alone = paceOf(writes, [began, finishes]);
      const moving = paceOf(writes, [finishes, Math.max(...writes.map(([at]) => at))]);
      if (process.env.VATEVO_TEST_SHOW === '1') {
        show('delete', 2, { alone, moving });
        process.stdout.write(`${memory.grown()} MB more\n`);
      }
      expect(moving.longest).toBeLessThanOrEqual(MAX_WAIT + alone.longest);
      // A few values in their forms, however many there are.
      expect(memory.grown()).toBeLessThan(MAX_MEMORY);
      expect(await bench.query('SELECT count(*)::int AS n FROM large WHERE length(v) = 10000000')).toEqual([
        { n: values },
      ]);
    } finally {
      writers.kill();
      memory.stop();
      await bench.drop();
    }
  },
  TIMEOUT,
);

/** What this process takes more than in the beginning, at the most. */
class Memory {
  readonly #before = process.memoryUsage.rss();
  #most = 0;
  readonly #timer = setInterval(() => this.grown(), 50);

  grown(): number {
    this.#most = Math.max(this.#most, process.memoryUsage.rss() - this.#before);
    return Math.round(this.#most / 1e6);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

async function later(ms: number): Promise<number> {
  await sleep(ms);
  return Date.now();
}

function show(mode: string, processes: number, paces: Readonly<Record<string, Pace>>): void {
  const shown = Object.entries(paces).map(
    ([step, { perSecond, p99, longest }]) =>
      `${step} ${perSecond.toFixed(0)}/s, p99 ${p99.toFixed(0)} ms, longest ${longest.toFixed(0)} ms`,
  );
  process.stdout.write(`${mode}, ${processes} processes: ${shown.join('; ')}\n`);
}
