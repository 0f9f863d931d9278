import { describe, expect, it } from 'vitest';
import { readConcurrentIndex } from '../../src/migrations/concurrent-index.ts';
import { Release } from '../support/release.ts';
import { preparedPostgres, query, session, until } from '../support/sql.ts';

describe('a migration that is one concurrent statement', () => {
  it.each([
    ['CREATE INDEX CONCURRENTLY "a b" ON "invoices"("currency");', { work: 'create', name: 'a b' }],
    [
      '-- Why.\nCREATE UNIQUE INDEX CONCURRENTLY New_Idx\n  ON public.invoices USING btree (id) WHERE id > 7',
      { work: 'create', name: 'new_idx' },
    ],
    ['DROP INDEX CONCURRENTLY "old_idx";\n', { work: 'drop', name: 'old_idx' }],
  ])('is known: %s', (script, found) => {
    expect(readConcurrentIndex(script)).toEqual(found);
  });

  it.each([
    'CREATE INDEX a ON invoices (id);',
    'CREATE INDEX CONCURRENTLY ON invoices (id);',
    'CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON invoices (id);',
    'CREATE INDEX CONCURRENTLY a ON other.t (id);',
    'CREATE INDEX CONCURRENTLY a ON invoices (id); SELECT 1;',
    'REINDEX INDEX CONCURRENTLY a;',
    'DROP INDEX CONCURRENTLY a, b;',
  ])('is not taken for one when it is another, or in doubt: %s', (script) => {
    expect(readConcurrentIndex(script)).toBeUndefined();
  });
});

describe('building an index concurrently', () => {
  const NEXT = '20990101000000_next';
  const AFTER = '20990101000001_after';

  /** A database with all migrations, and a release that has two more. */
  async function twoMore() {
    const { target } = await preparedPostgres();
    const release = await Release.copy();
    await release.migration(
      'postgres',
      NEXT,
      'CREATE INDEX CONCURRENTLY "next_idx" ON "invoices"("currency");',
    );
    await release.migration('postgres', AFTER, 'ALTER TABLE "tenants" ADD COLUMN "note" TEXT;');
    const { deployMigrations: deploy } = await release.migrations();
    const holder = await session(target);
    // A transaction that began before: the build has to wait for its end.
    await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM invoices');
    return { target, deploy, holder };
  }

  const valid = async (target: Parameters<typeof query>[0]) =>
    (
      await query<{ valid: boolean }>(
        target,
        `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('next_idx')`,
      )
    ).map((row) => row.valid);

  it('waits for transactions that began before, longer than others may wait for locks, and goes on', async () => {
    const { target, deploy, holder } = await twoMore();
    const steps: string[] = [];
    const deployed = deploy(target, { lockTimeoutMs: 100, onStep: (text) => steps.push(text) });
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE INDEX%' AND wait_event = 'virtualxid' AND now() - query_start > '1 s'`;
    await until(async () => (await query(target, waiting)).length > 0);
    // Nobody waits behind it.
    await holder.query(
      'SELECT * FROM invoices; INSERT INTO tenants (name, api_key_hash, api_key_prefix) VALUES ($$a$$, repeat($$0$$, 64), $$$$)',
    );
    await holder.query('COMMIT');
    expect(await deployed).toEqual({ applied: [NEXT, AFTER] });
    expect(steps).toEqual([]);
    expect(await valid(target)).toEqual([true]);
  });

  it('leaves an unfinished index only while its table is held, and does it all at the next run', async () => {
    const { target, deploy, holder } = await twoMore();
    const giveUpSoon = { lockTimeoutMs: 100, giveUpAfterMs: 1 };
    for (let run = 0; run < 2; run++) {
      await expect(deploy(target, giveUpSoon)).rejects.toMatchObject({
        kind: 'locked',
        migrations: [NEXT],
        message: expect.stringMatching(/index next_idx .*long transactions hold its table.*run this again/),
      });
      expect(await valid(target)).toEqual([false]);
    }
    await holder.query('COMMIT');
    expect(await deploy(target, giveUpSoon)).toEqual({ applied: [NEXT, AFTER] });
    expect(await valid(target)).toEqual([true]);
  });

  it('takes away what it could not finish, and tries again', async () => {
    const { target, deploy, holder } = await twoMore();
    // This one has not touched the table: it stops the build, and not that its rest is dropped.
    await holder.query('COMMIT');
    await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
    const steps: string[] = [];
    const deployed = deploy(target, {
      lockTimeoutMs: 100,
      giveUpAfterMs: 900,
      onStep: (text) => steps.push(text),
    });
    await expect(deployed).rejects.toMatchObject({
      kind: 'locked',
      message: expect.stringContaining('run this again'),
    });
    expect(await valid(target)).toEqual([]);
    await holder.query('COMMIT');
    expect(await deploy(target)).toEqual({ applied: [NEXT, AFTER] });
  });

  it('leaves nothing behind when rows are not unique, and says what they are', async () => {
    const { target } = await preparedPostgres();
    const insert = `INSERT INTO tenants (name, api_key_hash, api_key_prefix) VALUES ('same', $1, '')`;
    for (const digit of '01') await query(target, insert, [digit.repeat(64)]);
    const release = await Release.copy();
    await release.migration(
      'postgres',
      NEXT,
      'CREATE UNIQUE INDEX CONCURRENTLY "next_idx" ON "tenants"("name");',
    );
    const { deployMigrations: deploy } = await release.migrations();
    await expect(deploy(target)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(/could not create unique index.*resolve --rolled-back/s),
    });
    expect(await valid(target)).toEqual([]);
  });
});
