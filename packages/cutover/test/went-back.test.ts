import { testDatabase } from '@vatevo/local-postgres/vitest';
import pg from 'pg';
import { expect, it } from 'vitest';
import { abandon, abort, close, finish, type MoveOptions, rollback, start, status } from '../src/index.ts';
import { type Bench, LONG, makeBench, rowsIn, rowsOf } from './support/bench.ts';

/*
 * PostgreSQL loses its last transition, whichever that was: a standby is promoted that had not followed so far. What
 * `status` recommends then is done, until the move has come to an end.
 */

const SQLITE = `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) INSERT INTO t SELECT i, 'v' || i FROM n;`;
const POSTGRES = 'CREATE TABLE t (id bigint PRIMARY KEY, v text)';

const COMMANDS = { start, finish, abort, close, rollback };
type Command = keyof typeof COMMANDS;

/** What is done for a recommendation: each of them leads on. */
const DONE: Readonly<Record<string, (bench: Bench) => unknown>> = {
  ...Object.fromEntries(
    Object.entries(COMMANDS).map(([name, command]) => [name, (bench: Bench) => command(bench.options())]),
  ),
  'end-abort': (bench) => abort(bench.options()),
  'abort-and-start': async (bench) => {
    await abort(bench.options());
    await start(bench.options());
  },
  'recover-or-take-back': (bench) => finish(bench.options(undefined, { handOverIsLost: true })),
  'check-target-or-abandon': (bench) => abandon(bench.file),
};

const TRANSITION =
  /^(INSERT INTO vatevo_cutover\.move |UPDATE vatevo_cutover\.move SET state|DELETE FROM vatevo_cutover\.move WHERE number)/;

/** A command, or one whose connection is cut as its nth transition of PostgreSQL is to be committed, or when it was. */
type Step = Command | readonly [Command, nth: number, when: 'before' | 'after'];

async function run(bench: Bench, step: Step): Promise<void> {
  if (typeof step === 'string') {
    await COMMANDS[step](bench.options());
    return;
  }
  const [name, nth, when] = step;
  let transitions = 0;
  let isCommitted = false;
  const options: MoveOptions = bench.options((sql, cut) => {
    if (isCommitted) cut();
    if (TRANSITION.test(sql)) transitions++;
    if (sql !== 'COMMIT' || transitions !== nth) return;
    if (when === 'before') cut();
    else isCommitted = true;
  });
  await expect(COMMANDS[name](options)).rejects.toThrow();
}

interface Loss {
  /** What the standby has followed. */
  readonly before: readonly Step[];
  /** What it has not. */
  readonly after: readonly Step[];
  /** The states of file and PostgreSQL when it is promoted. */
  readonly states: string;
}

const BACK: readonly Command[] = ['start', 'finish', 'rollback'];
const LOSSES: Readonly<Record<string, Loss>> = {
  reserve: { before: [], after: [['start', 1, 'after']], states: 'released none' },
  'reserve, and the file logs': { before: [], after: [['start', 2, 'before']], states: 'capturing none' },
  'reserve, in another move': {
    before: BACK,
    after: [['start', 1, 'after']],
    states: 'released failed-back',
  },
  'reserve, in another move, and the file logs': {
    before: BACK,
    after: [['start', 2, 'before']],
    states: 'capturing failed-back',
  },
  begin: { before: [['start', 2, 'before']], after: ['start'], states: 'capturing reserved' },
  'begin, behind the fence': {
    before: [['start', 2, 'before']],
    after: ['start', ['finish', 1, 'before']],
    states: 'fenced reserved',
  },
  handOver: { before: ['start'], after: [['finish', 1, 'after']], states: 'fenced moving' },
  'handOver, which the file notes': { before: ['start'], after: ['finish'], states: 'handed-over moving' },
  beginAbort: { before: ['start'], after: [['abort', 1, 'after']], states: 'released moving' },
  endAbort: { before: ['start', ['abort', 2, 'before']], after: ['abort'], states: 'released aborting' },
  fenceServer: {
    before: ['start', 'finish'],
    after: [['rollback', 1, 'after']],
    states: 'handed-over serving',
  },
  unfenceServer: {
    before: ['start', 'finish', ['rollback', 1, 'after'], ['rollback', 1, 'before']],
    after: [['rollback', 1, 'after']],
    states: 'handed-over fenced',
  },
  endFailback: {
    before: ['start', 'finish', ['rollback', 2, 'before']],
    after: ['rollback'],
    states: 'released fenced',
  },
  close: { before: ['start', 'finish'], after: ['close'], states: 'handed-over serving' },
};

async function lose({ before, after, states }: Loss, work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    for (const step of before) await run(bench, step);
    const promote = await bench.follow();
    for (const step of after) await run(bench, step);
    await promote();
    expect(await bench.states()).toBe(states);
    await work(bench);
  } finally {
    await bench.drop();
  }
}

/** Those that are tried in every run: what else is alike. */
const OFTEN = ['begin, behind the fence', 'unfenceServer'];

it.each(Object.entries(LOSSES).filter(([name]) => LONG || OFTEN.includes(name)))(
  'leads on when PostgreSQL has lost: %s',
  (_, loss) =>
    lose(loss, async (bench) => {
      const rows = rowsOf(bench.writer, ['t']);
      for (let steps = 0; (await bench.states()) !== 'handed-over closed'; steps++) {
        expect(steps).toBeLessThan(6);
        const { next, fault } = await status(bench.options());
        const step = fault ? fault.next?.step : next[0];
        await DONE[step ?? 'none']?.(bench);
      }
      expect(await rowsIn(bench, ['t'])).toEqual(rows);
    }),
);

it('says that both take writes, when the fence of a failback is lost that has handed over', () =>
  lose(
    { before: ['start', 'finish'], after: [['rollback', 2, 'before']], states: 'released serving' },
    async (bench) => {
      const refusal = {
        message: expect.stringContaining('takes writes, and so does PostgreSQL'),
        next: { step: 'stop-one' },
      };
      expect((await status(bench.options())).fault).toMatchObject(refusal);
      for (const command of Object.values(COMMANDS))
        await expect(command(bench.options())).rejects.toMatchObject(refusal);
      // What it recommends.
      const empty = await testDatabase();
      const options = bench.options(undefined, {
        connect: async () => {
          const client = new pg.Client(empty.url);
          await client.connect();
          return client;
        },
      });
      const client = await options.connect();
      await client.query(POSTGRES);
      await client.end();
      await start(options);
      expect(await finish(options)).toMatchObject({ outcome: 'handed-over', rows: { t: 20 } });
      await empty.drop();
    },
  ));

it('leads from a failback that did not end to its end, and not to another file', async () => {
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    for (const step of ['start', 'finish', ['rollback', 1, 'after']] as const) await run(bench, step);
    expect(await bench.states()).toBe('handed-over fenced');
    await expect(abort(bench.options())).rejects.toMatchObject({ next: { step: 'rollback' } });
    await rollback(bench.options());
    expect(await bench.states()).toBe('released failed-back');
  } finally {
    await bench.drop();
  }
});
