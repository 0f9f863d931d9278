import { copyFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { abort, FENCE_MESSAGE, finish, start } from '../src/index.ts';
import {
  type Bench,
  dump,
  hasTraces,
  LONG,
  makeBench,
  rowsIn,
  rowsOf,
  shapeOf,
  twinOf,
} from './support/bench.ts';
import { POSTGRES, SQLITE, TABLES, work } from './support/schemas.ts';

/** Writes the same into a file and into one that knows of no move; what a fence refuses happens in neither. */
class Both {
  readonly #bench: Bench;
  readonly #twin: Database.Database;
  readonly #left: string[][];

  constructor(bench: Bench, seed: number) {
    this.#bench = bench;
    this.#twin = twinOf(bench);
    this.#left = fc.sample(work(900), { numRuns: 1, seed })[0] as string[][];
  }

  write(units: number): void {
    for (const unit of this.#left.splice(0, units)) {
      if (unit.every((statement) => this.#both(statement))) continue;
      if (this.#bench.writer.inTransaction) this.#both('ROLLBACK');
      this.#both('PRAGMA recursive_triggers = OFF');
    }
  }

  /** @returns whether no fence refused it */
  #both(statement: string): boolean {
    const told = said(this.#bench.writer, statement);
    if (told === FENCE_MESSAGE) return false;
    expect(said(this.#twin, statement)).toBe(told);
    return true;
  }

  expectSame(): void {
    expect(dump(this.#bench.writer)).toEqual(dump(this.#twin));
  }

  close(): void {
    this.#twin.close();
  }
}

function said(db: Database.Database, statement: string): string | undefined {
  try {
    db.exec(statement);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Cuts the connections at a message that is sent to PostgreSQL, counted over all of them. */
function cutAt(at: number, also: () => void) {
  let sent = 0;
  return {
    between: (_: string, cut: () => void) => {
      also();
      if (sent++ >= at) cut();
    },
    get sent() {
      return sent;
    },
  };
}

/** Of the messages that a start and a finish send, the part after which the connection is gone. */
const POINTS = LONG ? Array.from({ length: 60 }, (_, i) => (i + 0.5) / 60) : [0.3, 0.8];
const CASES = (['delete', 'wal'] as const).flatMap((mode) =>
  (['start', 'finish'] as const).flatMap((step) =>
    POINTS.filter(() => LONG || (mode === 'wal') === (step === 'finish'))
      .filter((_, i) => LONG || i === 0)
      .map((part, i) => [mode, step, part, i] as const),
  ),
);

const messages = { start: 0, finish: 0 };
async function countMessages(): Promise<void> {
  if (messages.start > 0) return;
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    const never = {
      start: cutAt(Number.POSITIVE_INFINITY, () => undefined),
      finish: cutAt(Number.POSITIVE_INFINITY, () => undefined),
    };
    await start(bench.options(never.start.between));
    await finish(bench.options(never.finish.between));
    messages.start = never.start.sent;
    messages.finish = never.finish.sent;
  } finally {
    await bench.drop();
  }
}

it.for(CASES)(
  '%s: given up after %s was cut at %f of it, as if nothing had been',
  async ([mode, step, part, i]) => {
    await countMessages();
    const bench = await makeBench(`PRAGMA journal_mode = ${mode}; ${SQLITE}`, POSTGRES);
    let both: Both | undefined;
    try {
      const shape = await shapeOf(bench);
      const empty = await rowsIn(bench, TABLES);
      both = new Both(bench, 7_000 + i);
      const { write } = { write: () => both?.write(2) };
      both.write(100);
      if (step === 'finish') await start(bench.options(write));
      const { between } = cutAt(Math.floor(messages[step] * part), write);
      await expect((step === 'start' ? start : finish)(bench.options(between))).rejects.toThrow();
      both.write(50);
      if (/serving/.test(await bench.states())) {
        await expect(abort(bench.options())).rejects.toMatchObject({ kind: 'wrong-state' });
        return;
      }
      await abort(bench.options(write));
      expect(await bench.states()).toBe('released none');
      both.write(50);
      both.expectSame();
      if (mode === 'wal') bench.writer.pragma('wal_checkpoint(TRUNCATE)');
      expect(hasTraces(bench.file)).toBe(false);
      expect(await rowsIn(bench, TABLES)).toEqual(empty);
      expect(await shapeOf(bench)).toEqual(shape);

      // Nothing is left by then that could tell one from another: the short suite begins one of each kind anew.
      if (!LONG && i > 0) return;
      await start(bench.options(write));
      await finish(bench.options(write));
      expect(await rowsIn(bench, TABLES)).toEqual(rowsOf(bench.writer, TABLES));
    } finally {
      both?.close();
      await bench.drop();
    }
  },
);

it('empties no table that had rows before', async () => {
  const bench = await makeBench(
    'CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)',
    'CREATE TABLE t (id bigint PRIMARY KEY); CREATE TABLE later (id bigint PRIMARY KEY DEFAULT 1); INSERT INTO later VALUES (7)',
    { mapping: { ignoreTarget: ['later'] } },
  );
  try {
    await start(bench.options());
    await abort(bench.options());
    expect(await bench.query('SELECT id FROM later')).toEqual([{ id: '7' }]);
  } finally {
    await bench.drop();
  }
});

it('leaves sequences where they were', async () => {
  const bench = await makeBench(SQLITE, POSTGRES);
  try {
    bench.writer.exec(`INSERT INTO plain (id) VALUES (500)`);
    await bench.query(`SELECT nextval('plain_id_seq') FROM generate_series(1, 20)`);
    const before = await shapeOf(bench);
    await start(bench.options());
    expect(await shapeOf(bench)).not.toEqual(before);
    await abort(bench.options());
    expect(await shapeOf(bench)).toEqual(before);
  } finally {
    await bench.drop();
  }
});

it('gives up, and resumes, no move for a file that takes no part in it', async () => {
  const bench = await makeBench(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a')`,
    'CREATE TABLE t (id bigint PRIMARY KEY, v text)',
  );
  try {
    const stranger = join(bench.folder, 'staging.db');
    copyFileSync(bench.file, stranger);
    await start(bench.options());
    for (const step of [abort, start, finish]) {
      await expect(step(bench.options(undefined, { source: stranger }))).rejects.toMatchObject({
        kind: 'wrong-state',
        message: expect.stringMatching(/takes no part .*source\.db, and goes on/),
      });
    }
    const copy = join(bench.folder, 'copy.db');
    copyFileSync(bench.file, copy);
    bench.writer.exec(`UPDATE t SET v = 'behind the copy'`);
    for (const step of [abort, start, finish]) {
      await expect(step(bench.options(undefined, { source: copy }))).rejects.toMatchObject({
        kind: 'wrong-state',
        message: expect.stringMatching(/copy\.db is a copy of .*source\.db, whose move .* goes on/),
      });
    }
    expect(await bench.states()).toBe('capturing moving');
    // The very file under another name is not taken for one.
    const renamed = join(bench.folder, 'renamed.db');
    renameSync(bench.file, renamed);
    await abort(bench.options(undefined, { source: renamed }));
    renameSync(renamed, bench.file);
    expect(await bench.states()).toBe('released none');
  } finally {
    await bench.drop();
  }
});
