import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { abort, finish, start, status } from '../src/index.ts';
import { type Bench, LONG, makeBench, rowsIn, rowsOf } from './support/bench.ts';
import { flushed, losePower, startService } from './support/power.ts';

const SQLITE = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO t SELECT i, 'v' || i FROM n;`;
const POSTGRES = 'CREATE TABLE t (id bigint PRIMARY KEY, v text)';
const MODES = ['WAL', 'DELETE'] as const;

/** The file is used by processes of their own only, as a loss of power ends them all. */
async function withBench(mode: string, work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await makeBench(`PRAGMA journal_mode = ${mode}; ${SQLITE}`, POSTGRES);
  bench.writer.close();
  // Whoever looks between two statements of a move must not wait for a lock that its transaction holds.
  await bench.query(`SET lock_timeout = '200ms'`);
  try {
    await work(bench);
  } finally {
    await bench.drop();
  }
}

function reading<Result>({ file }: Bench, work: (db: Database.Database) => Result): Result {
  const db = new Database(file, { readonly: true, timeout: 20_000 });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

const logEnd = (bench: Bench) =>
  reading(bench, (db) => Number(db.prepare('SELECT max(seq) FROM vatevo_cutover_change').pluck().get()));

/** The place in the log up to which the rows are applied, or compared; 0 while the move has its record locked. */
async function place(bench: Bench, of: 'applied' | 'verified'): Promise<number> {
  const [move] = await bench
    .query<{ place: number }>(`SELECT ${of}::int AS place FROM vatevo_cutover.move`)
    .catch(() => []);
  return move?.place ?? 0;
}

async function logged(bench: Bench, lines: number): Promise<void> {
  while (logEnd(bench) < lines) await sleep(20);
}

async function expectEqual(bench: Bench): Promise<void> {
  expect(await rowsIn(bench, ['t'])).toEqual(reading(bench, (db) => rowsOf(db, ['t'])));
}

/** Of two things in each of two modes one in either mode, where it has to be quick. */
const oneInThree = (_: unknown, i: number) => LONG || i % 3 === 0;

it.for(
  MODES.flatMap((mode) => (['applied', 'verified'] as const).map((of) => [of, mode] as const)).filter(
    oneInThree,
  ),
)('hands over equal rows after a loss of power took back what was %s already (%s)', ([of, mode]) =>
  withBench(mode, async (bench) => {
    let service = await startService(bench.file, 'before');
    await start(bench.options());
    const image = flushed(bench.file, service);
    const from = await place(bench, 'applied');
    await logged(bench, from + 60);
    // The machine fails while `finish` follows the service, before the fence.
    const between = async (_: string, cut: () => void) => {
      if ((await place(bench, of)) > from + 50) cut();
    };
    await expect(finish(bench.options(between))).rejects.toThrow();
    expect(await bench.states()).toBe('capturing moving');
    await losePower(bench.file, image, service);

    // The service starts again, and the log's numbers are given again to other changes.
    service = await startService(bench.file, 'after');
    await logged(bench, (await place(bench, 'applied')) + 10);
    const fenced = once(service, 'exit');
    await finish(bench.options());
    await fenced;
    await expectEqual(bench);
  }),
);

/** A service that is not there all the time: its statements, each a commit of its own. */
function write({ file }: Bench, ...statements: string[]): void {
  const db = new Database(file, { timeout: 20_000 });
  for (const statement of statements) db.exec(statement);
  db.close();
}

const update = (n: number, word: string) =>
  `UPDATE t SET v = '${word} ${n}' WHERE id = ${1 + ((n * 7) % 200)}`;
const isCaptured = (bench: Bench) =>
  reading(
    bench,
    (db) => db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'vatevo_cutover'`).get() !== undefined,
  );

/** Of all that a `start` does after the capture, in parts of a hundred. */
const POINTS = LONG ? Array.from({ length: 32 }, (_, i) => 2 + 3 * i) : [30, 80];

it.for(MODES.flatMap((mode) => POINTS.map((point) => [point, mode] as const)).filter(oneInThree))(
  'hands over equal rows when the power fails %d in 100 of the way, and numbers are given again (%s)',
  ([point, mode]) =>
    withBench(mode, async (bench) => {
      const walk = async (stopAt: number) => {
        let messages = 0;
        let image: string | undefined;
        const between = (_: string, cut: () => void) => {
          if (!isCaptured(bench)) return;
          const fenced = reading(
            bench,
            (db) => db.prepare('SELECT state FROM vatevo_cutover').pluck().get() === 'fenced',
          );
          if (fenced) return;
          // The move's own commits are on the disk, and what the service writes behind them is not.
          image = messages === 0 ? flushed(bench.file) : image;
          write(bench, update(++messages, 'lost'), update(messages, 'lost too'));
          if (messages === stopAt) cut();
        };
        const failed = await start(bench.options(between)).then(
          () => false,
          () => true,
        );
        return { messages, image, failed };
      };
      // Once to its end, to know how long it is; again where it was shorter than that, when it was to be cut.
      let walked = await walk(Number.POSITIVE_INFINITY);
      while (!walked.failed) {
        await abort(bench.options());
        walked = await walk(Math.ceil((walked.messages * point) / 100));
      }
      const { image } = walked;
      const end = logEnd(bench);
      await losePower(bench.file, image as string);
      while (logEnd(bench) <= end) write(bench, update(logEnd(bench) * 3, 'kept'));
      await finish(bench.options());
      await expectEqual(bench);
    }),
);

it('says in its status and in its result that the file went back in time', () =>
  withBench('WAL', async (bench) => {
    await start(bench.options());
    const image = flushed(bench.file);
    write(bench, update(1, 'lost'));
    expect(await start(bench.options())).toMatchObject({ copiedAnew: false });
    await losePower(bench.file, image);
    write(bench, update(2, 'kept'));
    expect(await status(bench.options())).toMatchObject({ wentBack: true, lag: undefined });
    expect(await finish(bench.options())).toMatchObject({ outcome: 'handed-over', copiedAnew: true });
    await expectEqual(bench);
  }));

it('lets nobody hand over a file that is put back in place behind the fence', () =>
  withBench('DELETE', async (bench) => {
    await start(bench.options());
    const image = flushed(bench.file);
    write(bench, update(1, 'lost'));
    let put = false;
    const between = async (sql: string) => {
      const fenced = reading(
        bench,
        (db) => db.prepare('SELECT state FROM vatevo_cutover').pluck().get() === 'fenced',
      );
      if (put || !fenced || !sql.includes('REPEATABLE READ')) return;
      put = true;
      await losePower(bench.file, image);
    };
    await expect(finish(bench.options(between))).rejects.toMatchObject({ kind: 'source-changed' });
    expect(put).toBe(true);
    expect(await bench.states()).toBe('capturing moving');
    write(bench, update(2, 'kept'));
    await finish(bench.options());
    await expectEqual(bench);
  }));
