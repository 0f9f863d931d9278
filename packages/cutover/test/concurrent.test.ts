import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { finish, start } from '../src/index.ts';
import { LONG, makeBench, rowsIn, rowsOf } from './support/bench.ts';

interface Told {
  readonly acknowledged: {
    readonly inserted: readonly number[];
    readonly updated: Readonly<Record<string, string>>;
    readonly deleted: readonly number[];
  };
  readonly writes: number;
  readonly worst: readonly { readonly at: number; readonly ms: number }[];
}

const ROWS = LONG ? 200_000 : 2_000;

it.for(LONG ? (['delete', 'wal'] as const) : (['delete'] as const))(
  'loses no write of another process that was acknowledged (%s)',
  async (mode) => {
    const bench = await makeBench(
      `PRAGMA journal_mode = ${mode};
     CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, u TEXT UNIQUE);
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
       INSERT INTO t SELECT i, hex(randomblob(200)), 'u' || i FROM n;`,
      'CREATE TABLE t (id bigint PRIMARY KEY, v text, u text UNIQUE)',
    );
    const writer = spawn(
      process.execPath,
      [join(import.meta.dirname, 'support/writer.mjs'), bench.file, '10'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let told = '';
    writer.stdout.setEncoding('utf8').on('data', (text) => {
      told += text;
    });
    const ended = once(writer, 'close');
    try {
      await once(writer.stdout, 'data');
      const began = Date.now();
      await start(bench.options());
      const started = Date.now();
      await finish(bench.options());
      const [code] = await ended;
      expect(code).toBe(0);
      const { acknowledged, writes, worst } = JSON.parse(told.split('\n')[1] as string) as Told;
      // For whoever measures: nothing here depends on how fast the machine is.
      if (process.env.VATEVO_TEST_SHOW === '1') {
        const shown = worst.map(({ at, ms }) => `${ms.toFixed(1)} ms at ${at - began}`);
        process.stdout.write(
          `${mode}: ${writes} writes, start ${started - began} ms; worst ${shown.join(', ')}\n`,
        );
      }
      expect(writes).toBeGreaterThan(0);
      const rows = await bench.query<{ id: string; v: string }>('SELECT id, v FROM t');
      const there = new Map(rows.map(({ id, v }) => [Number(id), v]));
      expect(acknowledged.inserted.filter((id) => !there.has(id))).toEqual([]);
      expect(acknowledged.deleted.filter((id) => there.has(id))).toEqual([]);
      expect(Object.entries(acknowledged.updated).filter(([id, v]) => there.get(Number(id)) !== v)).toEqual(
        [],
      );
      expect(await rowsIn(bench, ['t'])).toEqual(rowsOf(bench.writer, ['t']));
    } finally {
      writer.kill('SIGKILL');
      await ended;
      await bench.drop();
    }
  },
);
