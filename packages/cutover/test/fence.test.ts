import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canFreeze, freeze, isInstalled } from '@vatevo/local-postgres/vitest';
import { SqliteSource } from '@vatevo/transfer/sqlite';
import pg from 'pg';
import { expect, it, vi } from 'vitest';
import { close, finish, rollback, start } from '../src/index.ts';
import { servedTables } from '../src/server/tables.ts';
import { fence, logChanges } from '../src/server/triggers.ts';
import { type Bench, LONG, makeBench, rowsIn, rowsOf } from './support/bench.ts';

/*
 * What may keep the writers waiting between the fence and the hand-over, and what comes to light behind it.
 */

const SQLITE = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE named (name TEXT NOT NULL PRIMARY KEY, v TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT INTO t SELECT i, 'v' || i FROM n;
  INSERT INTO named SELECT 'n' || id, v FROM t`;
const POSTGRES =
  'CREATE TABLE t (id bigint PRIMARY KEY, v text); CREATE TABLE named (name text PRIMARY KEY, v text)';
const TABLES = ['t', 'named'];

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    await start(bench.options());
    await work(bench);
  } finally {
    await bench.drop();
  }
}

const stateOf = ({ writer }: Bench) => writer.prepare('SELECT state FROM vatevo_cutover').pluck().get();

it('goes through no table behind the fence, however large it is', () =>
  withBench(async (bench) => {
    const seen: unknown[] = [];
    const { live } = SqliteSource.prototype;
    const watched = vi.spyOn(SqliteSource.prototype, 'live').mockImplementation(function (
      this: SqliteSource,
    ) {
      const file = live.call(this);
      const runAll = file.runAll.bind(file);
      file.runAll = (...args) => {
        seen.push(stateOf(bench));
        return runAll(...args);
      };
      return file;
    });
    const counted: unknown[] = [];
    const between = (sql: string) => void (sql.includes('count(*)') && counted.push(stateOf(bench)));
    await finish(bench.options(between)).finally(() => watched.mockRestore());
    expect(counted).not.toContain('fenced');
    expect(counted).toContain('left');
    expect(seen).not.toContain('fenced');
    expect(seen).toContain('left');
  }));

/** Writes as a tool does that has triggers switched off. */
function writePast(file: string, sql: string): void {
  const { status, stderr } = spawnSync('sqlite3', ['-cmd', '.dbconfig enable_trigger off', file, sql], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}
// Reason for skipping: the program sqlite3, which can switch triggers off, is not installed.
const withShell = it.runIf(isInstalled('sqlite3'));

const PAST = [
  [`UPDATE t SET v = 'past' WHERE id = 5`, { table: 't', key: 'id=5', kind: 'changed', expected: 'past' }],
  [`INSERT INTO t VALUES (900, 'past')`, { table: 't', key: 'id=900', kind: 'missing' }],
  [`UPDATE named SET v = 'past' WHERE name = 'n7'`, { table: 'named', kind: 'changed', actual: 'v7' }],
  [`DELETE FROM named WHERE name = 'n7'`, undefined],
] as const;

withShell.for(PAST.filter((_, i) => LONG || i % 3 === 0))(
  'tells of untracked changes in the last moment before the fence: %s',
  ([sql, row]) =>
    withBench(async (bench) => {
      let isLooked = false;
      const between = (statement: string) => {
        if (statement.includes('FROM vatevo_cutover.row_checksum')) isLooked = true;
        // The connection that is opened last, for the fence.
        if (!isLooked || !statement.includes('vatevo_cutover.mover')) return;
        isLooked = false;
        writePast(bench.file, sql);
        bench.writer.exec(`UPDATE t SET v = 'rightful' WHERE id = 6`);
      };
      await expect(finish(bench.options(between))).rejects.toMatchObject({
        kind: 'differences',
        message: expect.stringMatching(/PostgreSQL has taken over.*by hand/s),
        ...(row && { differences: [expect.objectContaining(row)] }),
      });
      // Nothing is lost: both are as they were, and it is told again until somebody has looked at all.
      expect(await bench.states()).toBe('handed-over serving');
      expect(await bench.query('SELECT v FROM t WHERE id = 6')).toEqual([{ v: 'rightful' }]);
      expect(await finish(bench.options())).toMatchObject({
        outcome: 'already-over',
        lastMomentChecked: false,
      });
    }),
);

// Reason for skipping: a server's processes are only found on Linux.
it.skipIf(!canFreeze)('lifts the fence in front of a server that gives no sign of life', () =>
  withBench(async (bench) => {
    const [server] = await bench.query<{ folder: string }>(
      `SELECT current_setting('data_directory') AS folder`,
    );
    const [pid] = readFileSync(join(server?.folder as string, 'postmaster.pid'), 'utf8').split('\n');
    bench.writer.exec(`UPDATE t SET v = 'new' WHERE id = 6`);
    let thaw = () => {};
    const between = (sql: string) => {
      if (sql.includes('REPEATABLE READ')) thaw = freeze({ pid: Number(pid) });
    };
    const failure = await finish(bench.options(between, { silenceMs: 300 })).catch((error) => error);
    // While the server is still silent.
    bench.writer.exec(`UPDATE t SET v = 'newer' WHERE id = 6`);
    thaw();
    expect(failure).toMatchObject({
      kind: 'target-silent',
      message: expect.stringMatching(/no sign of life.*writers go on/s),
    });
    expect(await finish(bench.options())).toMatchObject({
      outcome: 'handed-over',
      lastMomentChecked: true,
      rows: { t: 300, named: 300 },
    });
    expect(await rowsIn(bench, TABLES)).toEqual(rowsOf(bench.writer, TABLES));
  }),
);

it('waits for who reads in PostgreSQL without keeping anybody from reading or writing, and says who it is', () =>
  withBench(async (bench) => {
    const reader = new pg.Client({ connectionString: bench.url, application_name: 'nightly backup' });
    await reader.connect();
    try {
      await reader.query('BEGIN; SELECT FROM named');
      let reads = 0;
      const between = async () => {
        bench.writer.exec(`UPDATE t SET v = 'go on' WHERE id = 6`);
        // In another session than the reader's: it would wait behind a lock that is waited for.
        await bench.query(`SET lock_timeout = '100ms'`);
        await bench.query('SELECT FROM named LIMIT 1');
        reads++;
      };
      await expect(finish(bench.options(between))).rejects.toMatchObject({
        kind: 'locked',
        message: expect.stringMatching(/process \d+, nightly backup, since .* on named/),
      });
      expect(reads).toBeGreaterThan(10);
      expect(await bench.states()).toBe('capturing moving');
      await reader.query('COMMIT');
      await finish(bench.options());
    } finally {
      await reader.end();
    }
  }));

it('makes triggers anew beside a transaction that has read, which may write next', () =>
  withBench(async (bench) => {
    await finish(bench.options());
    const reader = new pg.Client({ connectionString: bench.url });
    const mover = new pg.Client({ connectionString: bench.url });
    await reader.connect();
    await mover.connect();
    try {
      await reader.query('BEGIN; SELECT FROM t; SELECT FROM named');
      const tables = await servedTables(mover, 'public', []);
      // A lock that readers are in the way of would make a deadlock of the two.
      await mover.query(`BEGIN; SET LOCAL lock_timeout = '5s'`);
      await logChanges(mover, tables);
      for (let time = 0; time < 2; time++) await fence(mover, tables, 'returning');
    } finally {
      await reader.end();
      await mover.end();
    }
  }));

/** A transaction that has read two tables, for as long as the work takes. */
async function besideReader(bench: Bench, work: (reader: pg.Client) => Promise<void>): Promise<void> {
  const reader = new pg.Client({ connectionString: bench.url, application_name: 'nightly backup' });
  await reader.connect();
  try {
    await reader.query('BEGIN; SELECT FROM t; SELECT FROM named');
    await work(reader);
  } finally {
    await reader.end();
  }
}

it('lifts a fence of PostgreSQL at once beside who reads two tables, killed or not', () =>
  withBench(async (bench) => {
    await finish(bench.options());
    await besideReader(bench, async (reader) => {
      const behindFence = (work: (cut: () => void) => void) => {
        let isFenced = false;
        return bench.options((sql, cut) => {
          if (isFenced && sql.startsWith('DECLARE')) work(cut);
          isFenced ||= /FUNCTION \S+refuse_write/.test(sql);
        });
      };
      const failing = behindFence(() => {
        throw new Error('behind the fence');
      });
      await expect(rollback(failing)).rejects.toThrow('behind the fence');
      expect(await bench.states()).toBe('handed-over serving');
      await bench.query(`SET lock_timeout = '100ms'`);
      await bench.query(`UPDATE t SET v = 'served' WHERE id = 1; DELETE FROM named WHERE name = 'n1'`);
      // Who has read before the fence may write behind it.
      await reader.query(
        `UPDATE t SET v = 'read' WHERE id = 2; COMMIT; BEGIN; SELECT FROM t; SELECT FROM named`,
      );
      await expect(rollback(behindFence((cut) => cut()))).rejects.toThrow();
      expect(await bench.states()).toBe('handed-over fenced');
      await expect(bench.query('DELETE FROM t')).rejects.toMatchObject({ code: '25006' });
      let isLifted = false;
      const between = async (sql: string) => {
        if (isLifted || !sql.startsWith('DECLARE')) return;
        isLifted = true;
        await bench.query(`UPDATE t SET v = 'lifted' WHERE id = 3`);
      };
      expect(await rollback(bench.options(between))).toMatchObject({ outcome: 'failed-back' });
      expect(isLifted).toBe(true);
      await expect(bench.query('DELETE FROM t')).rejects.toMatchObject({ code: '25006' });
    });
    expect(rowsOf(bench.writer, TABLES)).toEqual(await rowsIn(bench, TABLES));
    // And it goes there again.
    await start(bench.options());
    await finish(bench.options());
    await bench.query(`UPDATE t SET v = 'again' WHERE id = 1`);
  }));

const triggersOf = (bench: Bench) =>
  bench.query(`SELECT tgname FROM pg_trigger WHERE tgname LIKE 'vatevo%' AND NOT tgisinternal`);

it('closes a move beside who reads two tables and who writes, when the reader ends', () =>
  withBench(async (bench) => {
    await finish(bench.options());
    await besideReader(bench, async (reader) => {
      let attempts = 0;
      const between = (sql: string) => {
        if (sql.startsWith('LOCK TABLE') && ++attempts === 3)
          setTimeout(() => void reader.query('COMMIT'), 50);
      };
      const closing = close(bench.options(between));
      let isOver = false;
      const over = closing.finally(() => (isOver = true));
      await bench.query(`SET lock_timeout = '1500ms'`);
      // Nobody has to wait for longer than an attempt takes.
      for (let n = 1; !isOver; n++) {
        await bench.query(`UPDATE t SET v = $1 WHERE id = 1`, [`${n}`]);
        await bench.query(`SELECT FROM named`);
      }
      expect(await over).toEqual({ outcome: 'closed' });
      expect(attempts).toBeGreaterThanOrEqual(3);
    });
    expect(await triggersOf(bench)).toEqual([]);
    await bench.query('TRUNCATE named');
  }));

it.runIf(LONG)(
  'says who keeps a move from being closed',
  () =>
    withBench(async (bench) => {
      await finish(bench.options());
      await besideReader(bench, async () => {
        await expect(close(bench.options())).rejects.toMatchObject({
          kind: 'locked',
          message: expect.stringMatching(/process \d+, nightly backup, since .*, on t\)/),
        });
        expect(await bench.states()).toBe('handed-over serving');
      });
      expect(await close(bench.options())).toEqual({ outcome: 'closed' });
    }),
  60_000,
);
