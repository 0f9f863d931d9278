import { expect, it } from 'vitest';
import { finish, rollback, start } from '../src/index.ts';
import { type Bench, LONG, makeBench, rowsIn, rowsOf, tablesIn } from './support/bench.ts';

/*
 * Whatever rule of PostgreSQL a row breaks, and whenever it is found, the refusal names table, key and column.
 */

const SQLITE = `
  CREATE TABLE checked (id INTEGER PRIMARY KEY, v TEXT);
  CREATE TABLE domains (id INTEGER PRIMARY KEY, v INTEGER);
  CREATE TABLE domain_keys (k TEXT NOT NULL PRIMARY KEY, v TEXT);
  CREATE TABLE composite (a TEXT NOT NULL, b INTEGER NOT NULL, "place" TEXT, PRIMARY KEY (a, b));
  CREATE TABLE secrets (id INTEGER PRIMARY KEY, token TEXT);
  CREATE TABLE in_the_end (id INTEGER PRIMARY KEY, v TEXT);
  CREATE TABLE spans (id INTEGER PRIMARY KEY, first INTEGER, last INTEGER);
  CREATE TABLE parent (id INTEGER PRIMARY KEY);
  CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER);
  INSERT INTO checked VALUES (1, 'a');
  INSERT INTO domains VALUES (1, 1);
  INSERT INTO domain_keys VALUES ('k1', 'a');
  INSERT INTO composite VALUES ('a', 1, 'v');
  INSERT INTO secrets VALUES (1, 's3cret');
  INSERT INTO in_the_end VALUES (1, 'v');
  INSERT INTO spans VALUES (1, 1, 5);
  INSERT INTO parent VALUES (1);
  INSERT INTO child VALUES (1, 1);`;

const POSTGRES = `
  CREATE DOMAIN positive AS int CHECK (value > 0);
  CREATE DOMAIN short AS text CHECK (length(value) < 4);
  CREATE TABLE checked (id int PRIMARY KEY, v text CHECK (v <> 'never'));
  CREATE TABLE domains (id int PRIMARY KEY, v positive);
  CREATE TABLE domain_keys (k short PRIMARY KEY, v text);
  CREATE TABLE composite (a text, b int, "place" text UNIQUE, PRIMARY KEY (a, b));
  CREATE TABLE secrets (id int PRIMARY KEY, token text UNIQUE);
  CREATE TABLE in_the_end (id int PRIMARY KEY, v text UNIQUE DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE spans (id int PRIMARY KEY, first int, last int, CONSTRAINT apart EXCLUDE USING gist (int4range(first, last) WITH &&));
  CREATE TABLE parent (id int PRIMARY KEY);
  CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE);`;

interface BrokenRule {
  readonly written: string;
  readonly named: string;
  readonly fixed: string;
}

const BROKEN: readonly BrokenRule[] = [
  {
    written: `INSERT INTO checked VALUES (2, 'b'), (3, 'never'), (4, 'c')`,
    named: 'checked, id=3, v: breaks the check checked_v_check, never',
    fixed: `DELETE FROM checked WHERE id > 1`,
  },
  {
    written: `INSERT INTO domains VALUES (2, 2), (3, -3)`,
    named: 'domains, id=3, v: breaks the check positive_check, -3',
    fixed: 'DELETE FROM domains WHERE id > 1',
  },
  {
    written: `INSERT INTO domain_keys VALUES ('k2', 'b'), ('long', 'c')`,
    named: 'domain_keys, k=long, k: breaks the check short_check, long',
    fixed: `DELETE FROM domain_keys WHERE k <> 'k1'`,
  },
  {
    written: `INSERT INTO composite VALUES ('b', 2, 'v')`,
    named: 'composite, a=b, b=2, place: not unique, as composite_place_key wants it, v',
    fixed: `DELETE FROM composite WHERE a = 'b'`,
  },
  {
    written: `INSERT INTO secrets VALUES (7, 's3cret')`,
    named: 'secrets, id=7, token: not unique, as secrets_token_key wants it, (hidden)',
    fixed: 'DELETE FROM secrets WHERE id = 7',
  },
  {
    written: `INSERT INTO in_the_end VALUES (8, 'v')`,
    named: 'in_the_end, id=8, v: not unique, as in_the_end_v_key wants it, v',
    fixed: 'DELETE FROM in_the_end WHERE id = 8',
  },
  {
    written: 'INSERT INTO spans VALUES (9, 4, 6)',
    named: 'spans, id=9, first, last: excluded by another row, as apart wants it, 4, 6',
    fixed: 'DELETE FROM spans WHERE id = 9',
  },
  {
    written: 'INSERT INTO child VALUES (11, 12)',
    named: 'child, id=11, parent: points to no row of parent, 12',
    fixed: 'DELETE FROM child WHERE id = 11',
  },
];

/** Every second rule from the first or the second on, where it has to be quick: each is broken in one of two steps. */
const broken = (from: 0 | 1) => BROKEN.filter((_, i) => LONG || i % 2 === from);

/** Calls again and again, and fixes what each refusal names. @returns what was never refused */
async function mendAll(
  bench: Bench,
  rules: readonly BrokenRule[],
  call: () => Promise<unknown>,
): Promise<readonly BrokenRule[]> {
  let left = rules;
  for (;;) {
    try {
      await call();
      return left;
    } catch (error) {
      expect(error).toMatchObject({ kind: 'source-refused' });
      const { message } = error as Error;
      expect(message).not.toContain('s3cret');
      const rule = left.find(({ named }) => message.includes(`(${named})`));
      if (rule === undefined) throw error;
      left = left.filter((other) => other !== rule);
      bench.writer.exec(rule.fixed);
    }
  }
}

it('names the row of every rule that is broken, as it is copied, restored and applied', async () => {
  const bench = await makeBench(SQLITE, POSTGRES, {
    mapping: { tables: { secrets: { columns: { token: { secret: true } } } } },
  });
  const write = (rules: readonly BrokenRule[]) => {
    for (const { written } of rules) bench.writer.exec(written);
  };
  try {
    // Behind the inspection, and before the first row is copied.
    let isInspected = false;
    const options = bench.options((sql) => {
      if (isInspected || !sql.includes('INSERT INTO vatevo_cutover.move')) return;
      isInspected = true;
      write(broken(0));
    });
    expect(await mendAll(bench, broken(0), () => start(options))).toEqual([]);
    write(broken(1));
    expect(await mendAll(bench, broken(1), () => start(bench.options()))).toEqual([]);
    // Nothing tells of these but that there is one row more.
    const beyond = {
      kind: 'differences',
      message: expect.stringContaining('the first: composite, a=z, b=9;'),
    };
    const untracked = (sql: string) =>
      bench.query(`SET session_replication_role = replica; ${sql}; RESET session_replication_role`);
    await untracked(`INSERT INTO composite VALUES ('z', 9, 'untracked')`);
    await expect(finish(bench.options())).rejects.toMatchObject(beyond);
    await untracked(`DELETE FROM composite WHERE a = 'z'`);
    await finish(bench.options());
    const tables = await tablesIn(bench);
    expect(await rowsIn(bench, tables)).toEqual(rowsOf(bench.writer, tables));
    await untracked(`INSERT INTO composite VALUES ('z', 9, 'untracked')`);
    await expect(rollback(bench.options())).rejects.toMatchObject(beyond);
  } finally {
    await bench.drop();
  }
});
