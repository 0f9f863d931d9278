import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { abort, finish, start } from '../src/index.ts';
import { makeBench, rowsIn, rowsOf } from './support/bench.ts';
import { Writers } from './support/writers.ts';

/*
 * Whoever reads the file for long, a backup for instance, is waited for, and nobody else has to wait for that.
 */

const PROGRAM = fileURLToPath(new URL('./support/file-reader.mjs', import.meta.url));
const SQLITE = `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO t SELECT i, 'v' || i FROM n;`;
const POSTGRES = 'CREATE TABLE t (id bigserial PRIMARY KEY, v text)';

interface Told {
  readonly looks: number;
  readonly failures: readonly string[];
}

async function read(file: string, how: 'hold' | 'look'): Promise<ChildProcess> {
  const child = fork(PROGRAM, [file, how]);
  await once(child, 'message');
  return child;
}

async function end(child: ChildProcess): Promise<Told> {
  const told = once(child, 'message');
  child.send('end');
  const [[answer]] = await Promise.all([told, once(child, 'exit')]);
  return answer as Told;
}

it('waits for a long reader without keeping others from reading, and says who it is (rollback journal)', async () => {
  const bench = await makeBench(SQLITE, POSTGRES);
  const others = await read(bench.file, 'look');
  try {
    // Longer than the other readers wait.
    const options = () => bench.options(undefined, { fileWaitMs: 2_500 });
    for (const step of [start, finish, abort]) {
      const reader = await read(bench.file, 'hold');
      const named = existsSync('/proc/locks') ? `process ${reader.pid} (node` : 'locked by a transaction';
      await expect(step(options()), step.name).rejects.toMatchObject({
        kind: existsSync('/proc/locks') ? 'locked' : 'source-unusable',
        message: expect.stringContaining(named),
      });
      await end(reader);
      if (step === start) await start(options());
      if (step === finish) expect(await bench.states()).toBe('capturing moving');
    }
    await finish(options());
    expect(await rowsIn(bench, ['t'])).toEqual(rowsOf(bench.writer, ['t']));
    const { looks, failures } = await end(others);
    expect(failures).toEqual([]);
    expect(looks).toBeGreaterThan(0);
  } finally {
    others.kill('SIGKILL');
    await bench.drop();
  }
});

it('goes on beside a long reader, and keeps nobody from writing (write-ahead log)', async () => {
  const bench = await makeBench(`PRAGMA journal_mode = WAL; ${SQLITE}`, POSTGRES);
  const reader = await read(bench.file, 'hold');
  const writers = await Writers.start(bench.file, 2, 50);
  try {
    // Longer than the writers wait.
    const options = () => bench.options(undefined, { fileWaitMs: 6_000 });
    await start(options());
    expect(await abort(options())).toEqual({ outcome: 'aborted' });
    await start(options());
    expect(await finish(options())).toMatchObject({ outcome: 'handed-over' });
    expect((await writers.stop()).failures).toEqual([]);
    expect(await rowsIn(bench, ['t'])).toEqual(rowsOf(bench.writer, ['t']));
  } finally {
    writers.kill();
    reader.kill('SIGKILL');
    await bench.drop();
  }
});
