import { spawnSync } from 'node:child_process';
import { isInstalled } from '@vatevo/local-postgres/vitest';
import { expect, it } from 'vitest';
import { finish, rollback, start } from '../src/index.ts';
import { LONG, makeBench } from './support/bench.ts';

// Reason for skipping: half a gigabyte, and the program sqlite3, which writes what the driver does not.
it.runIf(LONG && isInstalled('sqlite3')).for(['DELETE', 'WAL'])(
  'refuses a value that only a transfer proves by name, before anything happens (%s)',
  async (journal) => {
    const bench = await makeBench(
      `PRAGMA journal_mode = ${journal}; CREATE TABLE t (id INTEGER PRIMARY KEY, v)`,
      'CREATE TABLE t (id bigint PRIMARY KEY, v bytea)',
    );
    try {
      const sql = `INSERT INTO t VALUES (1, x'00'), (7, zeroblob(540000000))`;
      expect(spawnSync('sqlite3', [bench.file, sql], { encoding: 'utf8' }).stderr).toBe('');
      await expect(start(bench.options())).rejects.toMatchObject({
        kind: 'source-refused',
        message: expect.stringMatching(/t, id=7, v.*which only a transfer proves/),
      });
      expect(await bench.states()).toBe('released none');
    } finally {
      await bench.drop();
    }
  },
);

/** As if neither driver took a larger value. */
const MAX_READ = 1_000;

it.for([
  ['a text', `v = repeat('x', 1001)`, 'v has 1001 bytes'],
  ['bytes', `b = decode(repeat('00', 501), 'hex')`, 'b has 501 bytes'],
  ['a row', `v = repeat('x', 600), w = repeat('y', 401)`, 'v has 600 bytes, w has 401 bytes'],
] as const)(
  'refuses to take %s back that is too large for the file, by name, and goes on serving',
  async ([, set, said]) => {
    const bench = await makeBench(
      'CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, w TEXT, b BLOB); INSERT INTO t (id, v) VALUES (1, 1), (7, 7)',
      'CREATE TABLE t (id bigint PRIMARY KEY, v text, w text, b bytea)',
    );
    try {
      await start(bench.options());
      await finish(bench.options());
      await bench.query(`UPDATE t SET v = 'more' WHERE id = 1`);
      await bench.query(`UPDATE t SET ${set} WHERE id = 7`);
      const options = bench.options(undefined, { maxRead: MAX_READ });
      await expect(rollback(options)).rejects.toMatchObject({
        kind: 'source-refused',
        message: expect.stringContaining(`(t, id=7: ${said};`),
        next: { step: 'change-or-close' },
      });
      expect(await bench.states()).toBe('handed-over serving');
      expect(bench.writer.prepare('SELECT v FROM t ORDER BY id').pluck().all()).toEqual(['1', '7']);
      await bench.query(`UPDATE t SET v = repeat('x', 1000), w = NULL, b = NULL WHERE id = 7`);
      await rollback(options);
      expect(bench.writer.prepare('SELECT length(v) FROM t ORDER BY id').pluck().all()).toEqual([4, 1000]);
    } finally {
      await bench.drop();
    }
  },
);
