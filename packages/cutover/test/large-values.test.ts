import { spawnSync } from 'node:child_process';
import { isInstalled } from '@vatevo/local-postgres/vitest';
import { expect, it } from 'vitest';
import { start } from '../src/index.ts';
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
