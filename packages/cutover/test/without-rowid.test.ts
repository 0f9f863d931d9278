import { spawnSync } from 'node:child_process';
import { isInstalled } from '@vatevo/local-postgres/vitest';
import { expect, it } from 'vitest';
import { finish, rollback, start } from '../src/index.ts';
import { type Bench, LONG, makeBench, rowsIn, rowsOf } from './support/bench.ts';

/*
 * Tables WITHOUT ROWID: their rows are read in the order of their keys, and are never counted by numbers.
 */

/** Keys of several columns, compared in several ways, up and down; the second table is larger than one read. */
const SQLITE = `
  CREATE TABLE entry (tenant TEXT, code TEXT COLLATE NOCASE, v TEXT, PRIMARY KEY (code COLLATE BINARY, tenant)) WITHOUT ROWID;
  CREATE TABLE part (tenant TEXT COLLATE NOCASE, n INTEGER, body TEXT, unit TEXT UNIQUE, PRIMARY KEY (tenant, n DESC)) WITHOUT ROWID;
  WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 24)
    INSERT INTO part SELECT CASE WHEN i < 8 THEN 'One' ELSE 'ß☃' END, i, printf('%.*c', 300000, char(65 + i % 26)), 'u' || i FROM n;
  WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1499)
    INSERT INTO entry SELECT 't' || i % 3, iif(i % 2, 'code', 'Code') || (i / 2), 'v' || i FROM n;`;
const POSTGRES = `
  CREATE TABLE entry (tenant text, code text, v text, PRIMARY KEY (code, tenant));
  CREATE TABLE part (tenant text, n bigint, body text, unit text UNIQUE, PRIMARY KEY (tenant, n));`;
const TABLES = ['entry', 'part'];

/** What a writer does: each kind of write, keys that change, and keys that are the same by their collation. */
const WRITTEN = [
  `INSERT INTO entry VALUES ('t9', 'A', 'new'), ('t9', 'a', 'new'); INSERT INTO part VALUES ('one', 7, 'x', 'u700') ON CONFLICT DO UPDATE SET body = 'again'`,
  `UPDATE entry SET v = v || '!' WHERE code LIKE 'code1%'; UPDATE part SET n = n + 1000 WHERE n % 7 = 3`,
  `DELETE FROM entry WHERE tenant = 't1' AND v LIKE '%9'; DELETE FROM part WHERE n = 5; INSERT OR REPLACE INTO part VALUES ('ONE', 2, 'replaced', 'u1')`,
  `UPDATE entry SET code = upper(code) || v, tenant = 'moved' WHERE v LIKE 'v7%'; UPDATE part SET tenant = 'ONE' WHERE n = 9`,
];

async function withBench(journal: string, work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await makeBench(`PRAGMA journal_mode = ${journal}; ${SQLITE}`, POSTGRES);
  try {
    await work(bench);
  } finally {
    await bench.drop();
  }
}

it.for(LONG ? ['DELETE', 'WAL'] : ['DELETE'])(
  'are followed, and go back with what was written since (%s)',
  (journal) =>
    withBench(journal, async (bench) => {
      const left = [...WRITTEN];
      let copies = 0;
      const whileCopied = (sql: string) => {
        if (sql.startsWith('COPY') && ++copies % 2 === 0) bench.writer.exec(left.shift() ?? 'SELECT 1');
      };
      await start(bench.options(whileCopied));
      expect(left.length).toBeLessThan(WRITTEN.length);
      for (const sql of left) bench.writer.exec(sql);
      await finish(bench.options());
      expect(await rowsIn(bench, TABLES)).toEqual(rowsOf(bench.writer, TABLES));
      await bench.query(`UPDATE part SET n = -n, body = 'back' WHERE n < 4`);
      await bench.query(`UPDATE entry SET v = 'back' WHERE tenant = 't0'`);
      await bench.query(`DELETE FROM entry WHERE tenant = 't2' AND v LIKE '%1'`);
      await bench.query(`INSERT INTO entry VALUES ('t2', 'B', 'new'), ('t2', 'b', 'new')`);
      const served = await rowsIn(bench, TABLES);
      await rollback(bench.options());
      expect(rowsOf(bench.writer, TABLES)).toEqual(served);
    }),
);

it('are copied anew where a copy of them was broken off', () =>
  withBench('DELETE', async (bench) => {
    let ranges = 0;
    const between = (sql: string, cut: () => void) => {
      if (sql.startsWith('COPY "public"."part"') && ++ranges === 3) cut();
    };
    await expect(start(bench.options(between))).rejects.toThrow();
    expect(ranges).toBe(3);
    for (const sql of WRITTEN) bench.writer.exec(sql);
    await start(bench.options());
    await finish(bench.options());
    expect(await rowsIn(bench, TABLES)).toEqual(rowsOf(bench.writer, TABLES));
  }));

// Reason for skipping: the program sqlite3, which can switch triggers off, is not installed.
it.runIf(isInstalled('sqlite3'))('are looked through for untracked changes', () =>
  withBench('DELETE', async (bench) => {
    await start(bench.options());
    const sql = `UPDATE part SET body = 'past' WHERE n = 20`;
    const { stderr } = spawnSync('sqlite3', ['-cmd', '.dbconfig enable_trigger off', bench.file, sql]);
    expect(stderr.toString()).toBe('');
    await expect(finish(bench.options())).rejects.toMatchObject({
      kind: 'differences',
      message: expect.stringContaining('the first: part, tenant=ß☃, n=20'),
    });
  }),
);
