import type { SourceDecisions } from '@vatevo/transfer';
import { expect, it } from 'vitest';
import { abort, finish, start } from '../src/index.ts';
import { type Bench, LONG, makeBench } from './support/bench.ts';

/*
 * What a move was begun with, and what it must not be resumed with.
 */

const SQLITE = `CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT, n INTEGER, spare TEXT, more TEXT);
  INSERT INTO t VALUES (1, '2025-07-01 12:00:00', 1735689600, 'a', 'b')`;
const POSTGRES = 'CREATE TABLE t (id bigint PRIMARY KEY, at timestamptz(6), n timestamptz(0))';
const BEGUN: SourceDecisions = {
  leaveBehind: ['t.spare', 't.more'],
  numericTimes: { 't.n': 'epoch-seconds' },
  zone: 'Europe/Berlin',
};

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    await work(bench);
  } finally {
    await bench.drop();
  }
}

const deciding = (bench: Bench, decisions: SourceDecisions) =>
  bench.options(undefined, { mapping: { decisions } });

it('refuses to be resumed with other decisions than it began with', () =>
  withBench(async (bench) => {
    const breaking = bench.options((sql, cut) => void (sql.startsWith('COPY') && cut()), {
      mapping: { decisions: BEGUN },
    });
    await expect(start(breaking)).rejects.toThrow();
    const { zone, ...others } = BEGUN;
    for (const other of [
      { ...BEGUN, zone: 'UTC' },
      { ...BEGUN, leaveBehind: ['t.spare'] },
      { ...BEGUN, numericTimes: { 't.n': 'epoch-milliseconds' as const } },
      others,
    ]) {
      const refused = { kind: 'wrong-state', message: /other decisions/, next: { step: 'keep-decisions' } };
      await expect(start(deciding(bench, other))).rejects.toMatchObject(refused);
    }
    expect(await bench.states()).toBe('capturing moving');
    // The same ones in another order, and none, which stands for those that it began with.
    await start(deciding(bench, { ...BEGUN, leaveBehind: ['t.more', 't.spare'] }));
    await start(bench.options());
    await expect(start(deciding(bench, { ...BEGUN, zone: '+01:00' }))).rejects.toMatchObject({
      kind: 'wrong-state',
    });
    await finish(bench.options());
    expect(await bench.query('SELECT at::text, n::text FROM t')).toEqual([
      { at: '2025-07-01 10:00:00+00', n: '2025-01-01 00:00:00+00' },
    ]);
    expect(zone).toBe('Europe/Berlin');
  }));

/** When the plan stands: as PostgreSQL is claimed, and when all of that is done. */
const CLAIMING = /INSERT INTO vatevo_cutover.move/;
const CLAIMED = /SET inode/;
const DDL = [
  [`ALTER TABLE t ADD COLUMN late TEXT; UPDATE t SET late = 'unseen'`, CLAIMING],
  [`CREATE TABLE late (id INTEGER PRIMARY KEY); INSERT INTO late VALUES (1)`, CLAIMED],
  ['CREATE UNIQUE INDEX late ON t (at)', CLAIMING],
  ['DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT)', CLAIMED],
] as const;

it.for(DDL.slice(0, LONG ? DDL.length : 2))(
  'finds a change of the schema before the file is captured: %s (%s)',
  ([ddl, when]) =>
    withBench(async (bench) => {
      let done = false;
      const between = (sql: string) => {
        if (done || !when.test(sql)) return;
        done = true;
        bench.writer.exec(ddl);
      };
      const decisions = { mapping: { decisions: { ...BEGUN, zone: 'UTC' } } };
      await expect(start(bench.options(between, decisions))).rejects.toMatchObject({
        kind: expect.stringMatching(/source-changed|source-refused/),
      });
      expect(done).toBe(true);
      await abort(bench.options());
      expect(await bench.states()).toBe('released none');
    }),
);
