import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { correctSqliteDdl } from '../../src/schema/correct-sqlite-ddl.ts';

/** As Prisma's engine writes it. */
const WRITTEN = `CREATE TABLE "t" (
    "amount" DECIMAL NOT NULL,
    "at" DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z','now'))
);`;

describe('correcting the SQL of a SQLite migration', () => {
  it('makes a column that keeps every digit of an amount', () => {
    const amount = '12345678901234567890.100';
    const keeps = (ddl: string) => {
      const database = new Database(':memory:');
      database.exec(ddl);
      database.prepare('INSERT INTO t (amount) VALUES (?)').run(amount);
      const kept = database.prepare('SELECT amount FROM t').pluck().get();
      database.close();
      return kept;
    };
    expect(keeps(WRITTEN)).not.toBe(amount);
    expect(keeps(correctSqliteDdl(WRITTEN))).toBe(amount);
  });

  it('writes a default that is still there, parentheses and all, in the column’s description', () => {
    const database = new Database(':memory:');
    database.exec(correctSqliteDdl(WRITTEN));
    const columns = database.pragma('table_info(t)') as { name: string; dflt_value: string | null }[];
    expect(columns.find(({ name }) => name === 'at')?.dflt_value).toBe(
      "(strftime('%Y-%m-%dT%H:%M:%f000Z','now'))",
    );
    database.exec("INSERT INTO t (amount) VALUES ('1')");
    expect(database.prepare('SELECT at FROM t').pluck().get()).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/,
    );
    database.close();
  });

  it('changes nothing in its own result, and nothing else', () => {
    const once = correctSqliteDdl(WRITTEN);
    expect(correctSqliteDdl(once)).toBe(once);
    const other = `CREATE TABLE "u" ("decimals" INTEGER NOT NULL DEFAULT (1 + (2)), "n" TEXT DEFAULT 'EUR');`;
    expect(correctSqliteDdl(other)).toBe(other);
  });
});
