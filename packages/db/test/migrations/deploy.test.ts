import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SqliteTarget } from '@vatevo/connection';
import { openSchemaEngine } from '@vatevo/schema-engine';
import { hasPgBouncer, PGBOUNCER, startPgBouncer } from '@vatevo/test-kit/debian';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type DatabaseKind, prismaFiles, readMigrationFiles } from '../../src/migrations/folder.ts';
import { deployMigrations, migrationStatus } from '../../src/migrations/index.ts';
import { changesTablesInSteps } from '../../src/migrations/postgres/distributed.ts';
import { Release } from '../support/release.ts';
import { emptyPostgres, preparedPostgres, query, session, until } from '../support/sql.ts';

/** The migrations of this release, by name. */
const namesFor = async (kind: DatabaseKind) =>
  (await readMigrationFiles(prismaFiles(kind).migrations)).map(({ name }) => name);
const MIGRATIONS = await namesFor('postgres');
/** The Prisma CLI takes three seconds of the processor. */
const LONG = process.env.VATEVO_TEST_LONG === '1';
const NEXT = '20990101000000_next';

/** Waits as many seconds as the database's setting `vatevo.pause` says. */
const PAUSE = `SELECT pg_sleep(coalesce(nullif(current_setting('vatevo.pause', true), ''), '0')::float);`;

/** A release with a further PostgreSQL migration. */
async function nextRelease(script: string): Promise<Release> {
  const release = await Release.copy();
  await release.migration('postgres', NEXT, script);
  return release;
}

const HISTORY = `
  SELECT migration_name AS name, finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS "rolledBack"
  FROM _prisma_migrations ORDER BY started_at`;

describe('deploying to PostgreSQL', () => {
  it('refuses what a cluster does not take while its tables are distributed', async () => {
    const { target } = await emptyPostgres();
    await query(
      target,
      `SET allow_system_table_mods = on;
       CREATE TABLE pg_catalog.pg_dist_partition AS SELECT 'h' AS partmethod, 's' AS repmodel`,
    );
    await expect(deployMigrations(target)).rejects.toMatchObject({
      kind: 'refused',
      migrations: expect.arrayContaining([MIGRATIONS[0]]),
      message: expect.stringMatching(/^The tables of this database lie on several servers, and 2026/),
    });
    await query(target, 'SET allow_system_table_mods = on; DELETE FROM pg_catalog.pg_dist_partition');
    expect(await deployMigrations(target, { upTo: MIGRATIONS[0] as string })).toEqual({
      applied: [MIGRATIONS[0]],
    });
  });

  it.each([
    ['ALTER TABLE a ADD b int, ADD c int;', false],
    [
      'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1; SELECT 2$$; REVOKE ALL ON FUNCTION f() FROM PUBLIC;',
      false,
    ],
    ['-- A comment; with more\nCREATE INDEX CONCURRENTLY i ON a (b);', false],
    ['ALTER TABLE a ADD b int; CREATE UNIQUE INDEX i ON a (b);', true],
  ])('knows of %s whether it is more than one step', (script, inSteps) => {
    expect(changesTablesInSteps(script)).toBe(inSteps);
  });

  it('applies what is pending, and finds nothing to do the second time', async () => {
    const { target } = await emptyPostgres();
    expect(await deployMigrations(target)).toEqual({ applied: MIGRATIONS });
    expect(await deployMigrations(target)).toEqual({ applied: [] });
    expect(await migrationStatus(target)).toEqual({
      applied: MIGRATIONS,
      pending: [],
      failed: [],
      edited: [],
      unknown: [],
    });
  });

  it('lets two runs at once take turns, even where one is long at work', async () => {
    const { target, url } = await preparedPostgres();
    await query(target, `ALTER DATABASE ${target.database} SET vatevo.pause = '1.5'`);
    const release = await nextRelease(`ALTER TABLE tenants ADD COLUMN note text; ${PAUSE}`);
    const both = await Promise.all([
      release.run(['deploy'], { POSTGRES_URL: url }),
      release.run(['deploy'], { POSTGRES_URL: url }),
    ]);
    expect(both.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array(2).fill({ code: 0, stderr: '' }),
    );
    const said = both.map(({ stdout }) => stdout).sort();
    expect(said.filter((text) => text.includes(`✓ applied ${NEXT}`))).toHaveLength(1);
    expect(said.filter((text) => text.includes('Nothing to do'))).toHaveLength(1);
    expect(await query(target, HISTORY)).toEqual([
      ...MIGRATIONS.map((name) => ({ name, finished: true, rolledBack: false })),
      { name: NEXT, finished: true, rolledBack: false },
    ]);
  });

  it.runIf(hasPgBouncer)(
    `refuses a transaction pooler, where its lock would stay (needs ${PGBOUNCER})`,
    async () => {
      const { target, url } = await emptyPostgres();
      const bouncer = await startPgBouncer(url, 'transaction');
      onTestFinished(() => bouncer.stop());
      const pooled = target.with({ port: Number(new URL(bouncer.url).port) });
      await expect(deployMigrations(pooled)).rejects.toMatchObject({
        name: 'ConfigurationError',
        message: expect.stringMatching(/^POSTGRES_URL is a pooler .*the server itself/),
      });
      expect(await query(target, `SELECT objid FROM pg_locks WHERE locktype = 'advisory'`)).toEqual([]);
    },
  );

  it('refuses a server that takes no writes, although nothing is pending', async () => {
    const { target } = await preparedPostgres();
    const options = '-c default_transaction_read_only=on';
    await expect(deployMigrations(target.with({ parameters: { options } }))).rejects.toMatchObject({
      name: 'ConnectionError',
      reason: 'read-only',
      message: expect.stringContaining('takes writes (it is read-only)'),
    });
  });

  it('gives up when another run does not end in time, having changed nothing', async () => {
    const { target } = await emptyPostgres();
    const { inTurn } = await import('../../src/migrations/turn.ts');
    const steps: string[] = [];
    await inTurn(
      target,
      0,
      () => undefined,
      async () => {
        const late = deployMigrations(target, { giveUpAfterMs: 300, onStep: (text) => steps.push(text) });
        await expect(late).rejects.toMatchObject({ name: 'MigrationError', kind: 'busy' });
      },
    );
    expect(steps).toEqual(['waiting for another run that is applying migrations']);
    expect(await query(target, 'SELECT FROM pg_tables WHERE schemaname = $1', ['public'])).toEqual([]);
  });

  it('never queues up for a table in use: its readers go on, and it tries again until it can', async () => {
    const { target } = await preparedPostgres();
    const release = await nextRelease('ALTER TABLE tenants ADD COLUMN note text;');
    const { deployMigrations: deployNext } = await release.migrations();
    const holder = await session(target);
    const reader = await session(target);
    await reader.query(`SET statement_timeout = '20s'`);
    await holder.query('BEGIN; SELECT * FROM tenants;');

    const waits: string[] = [];
    let ended = false;
    const deployed = deployNext(target, { lockTimeoutMs: 200, onStep: (text) => waits.push(text) }).finally(
      () => {
        ended = true;
      },
    );
    // Were the migration in the queue, these would wait behind it for as long as the holder holds on.
    let reads = 0;
    while (waits.length < 2 && !ended) {
      await reader.query('SELECT count(*) FROM tenants');
      reads++;
    }
    expect({ ended, queued: reads > 0 }).toEqual({ ended: false, queued: true });
    expect(waits[0]).toContain(`waiting for locks: migration ${NEXT} was rolled back`);

    await holder.query('COMMIT');
    expect(await deployed).toEqual({ applied: [NEXT] });
    const history = await query<{ finished: boolean; rolledBack: boolean }>(target, HISTORY);
    expect(history.at(-1)).toMatchObject({ finished: true, rolledBack: false });
    expect(history.slice(MIGRATIONS.length, -1).every(({ rolledBack }) => rolledBack)).toBe(true);
  });

  it('leaves nothing half done when the locks cannot be had in time', async () => {
    const { target } = await preparedPostgres();
    const release = await nextRelease(
      'CREATE TABLE extra (id int); ALTER TABLE tenants ADD COLUMN note text;',
    );
    const { deployMigrations: deployNext, migrationStatus: nextStatus } = await release.migrations();
    const holder = await session(target);
    await holder.query('BEGIN; SELECT * FROM tenants;');
    await expect(deployNext(target, { lockTimeoutMs: 100, giveUpAfterMs: 1 })).rejects.toMatchObject({
      name: 'MigrationError',
      kind: 'locked',
      migrations: [NEXT],
      message: expect.stringContaining('pg_stat_activity'),
    });
    expect(await nextStatus(target)).toMatchObject({ pending: [NEXT], failed: [] });
    expect(await query(target, "SELECT to_regclass('extra') AS extra")).toEqual([{ extra: null }]);
    await holder.query('COMMIT');
    expect(await deployNext(target)).toEqual({ applied: [NEXT] });
  });

  it('takes up what a killed run left locked out', async () => {
    const { target } = await preparedPostgres();
    const release = await nextRelease('ALTER TABLE tenants ADD COLUMN note text;');
    const { deployMigrations: deployNext } = await release.migrations();
    await query(
      target,
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, logs, started_at, applied_steps_count)
       VALUES ('killed', 'x', $1, 'ERROR: canceling statement due to lock timeout', now(), 0)`,
      [NEXT],
    );
    expect(await deployNext(target)).toEqual({ applied: [NEXT] });
  });

  it('refuses a database on which a run was killed, until somebody says how it stands', async () => {
    const { target, url } = await preparedPostgres();
    const env = { POSTGRES_URL: url };
    await query(target, `ALTER DATABASE ${target.database} SET vatevo.pause = '600'`);
    const release = await nextRelease(`ALTER TABLE tenants ADD COLUMN note text; ${PAUSE}`);
    const running = release.start(['deploy'], env);
    const sleeping = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`;
    await until(async () => (await query(target, sleeping)).length > 0);
    running.child.kill('SIGKILL');
    await running.ended;

    const refused = await release.run(['deploy'], env);
    expect(refused.code).toBe(4);
    const [advice] = /prisma migrate resolve --rolled-back \w+/.exec(refused.stderr) ?? [];
    expect(advice).toBe(`prisma migrate resolve --rolled-back ${NEXT}`);

    // The server's process outlives the client's.
    await query(target, `SELECT pg_terminate_backend(pid, 10000) FROM (${sleeping}) AS s`);
    await query(target, `ALTER DATABASE ${target.database} RESET vatevo.pause`);
    if (LONG) {
      const resolved = await release.run((advice as string).split(' '), env);
      expect({ code: resolved.code, stderr: resolved.stderr }).toMatchObject({ code: 0 });
      expect(await release.run(['deploy'], env)).toMatchObject({ code: 0, stderr: '' });
    } else {
      const engine = openSchemaEngine({ target });
      await engine.markMigrationRolledBack(NEXT);
      await engine.close();
      expect(await release.deploy(target)).toEqual([NEXT]);
    }
    expect(await query(target, 'SELECT note FROM tenants')).toEqual([]);
  });

  it('refuses a migration that the database refuses, in its words, and says what to do', async () => {
    const { target } = await preparedPostgres();
    const release = await nextRelease('CREATE TABLE extra (id int); INSERT INTO nowhere VALUES (1);');
    const { deployMigrations: deployNext } = await release.migrations();
    await expect(deployNext(target)).rejects.toMatchObject({
      kind: 'refused',
      migrations: [NEXT],
      message: expect.stringMatching(/relation "nowhere" does not exist.*pnpm prisma migrate resolve/s),
    });
    expect(await query(target, "SELECT to_regclass('extra') AS extra")).toEqual([{ extra: null }]);
    await expect(deployNext(target)).rejects.toMatchObject({ kind: 'failed', migrations: [NEXT] });
  });

  it('refuses a history that is newer than this release, or that was edited', async () => {
    const { target } = await preparedPostgres();
    const release = await nextRelease('SELECT 1;');
    const { deployMigrations: deployNext } = await release.migrations();
    await deployNext(target);
    await expect(deployMigrations(target)).rejects.toMatchObject({
      kind: 'newer',
      migrations: [NEXT],
      message: expect.stringContaining('Deploy that release'),
    });
    await release.migration('postgres', NEXT, 'SELECT 2;');
    await expect(deployNext(target)).rejects.toMatchObject({
      kind: 'edited',
      migrations: [NEXT],
      message: expect.stringContaining('Restore the file'),
    });
  });

  it('says so when there is no server, and when the server goes away', async () => {
    const { target } = await emptyPostgres();
    await expect(deployMigrations(target.with({ port: 1 }))).rejects.toMatchObject({
      name: 'ConnectionError',
      reason: 'refused',
    });
    await query(target, `ALTER DATABASE ${target.database} SET vatevo.pause = '600'`);
    const release = await nextRelease(PAUSE);
    const { deployMigrations: deployNext } = await release.migrations();
    const deployed = expect(deployNext(target)).rejects.toMatchObject({
      name: 'ConnectionError',
      reason: 'lost',
    });
    const others = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
    await until(async () => (await query(target, `${others} AND wait_event = 'PgSleep'`)).length > 0);
    await query(target, `SELECT pg_terminate_backend(pid) FROM (${others}) AS s`);
    await deployed;
  });
});

describe('deploying to SQLite', () => {
  async function newFile(): Promise<SqliteTarget> {
    const folder = await mkdtemp(path.join(tmpdir(), 'vatevo-sqlite-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return { kind: 'sqlite', file: path.join(folder, 'data', 'app.db') };
  }

  it('makes the file, applies what is pending, and finds nothing to do the second time', async () => {
    const target = await newFile();
    const names = await namesFor('sqlite');
    expect(await migrationStatus(target)).toMatchObject({ applied: [], pending: names });
    expect(existsSync(target.file)).toBe(false);
    expect(await deployMigrations(target)).toEqual({ applied: names });
    expect(await deployMigrations(target)).toEqual({ applied: [] });
    const status = await migrationStatus(target);
    expect(status).toMatchObject({ applied: names, pending: [] });
    expect(status.drift).toBeUndefined();
  });

  it('refuses newer, failed and edited histories', async () => {
    const target = await newFile();
    await deployMigrations(target);
    const set = (assignment: string) =>
      new Database(target.file).exec(`UPDATE _prisma_migrations SET ${assignment}`).close();
    set(`checksum = 'x' || checksum`);
    await expect(deployMigrations(target)).rejects.toMatchObject({ kind: 'edited' });
    set('checksum = substr(checksum, 2), finished_at = NULL');
    await expect(deployMigrations(target)).rejects.toMatchObject({ kind: 'failed' });
    set(`finished_at = started_at, migration_name = '29990101000000_from_the_future'`);
    await expect(deployMigrations(target)).rejects.toMatchObject({ kind: 'newer' });
  });

  it('says so when the file cannot be used', async () => {
    const target = { kind: 'sqlite', file: import.meta.filename } as const;
    await expect(deployMigrations(target)).rejects.toMatchObject({
      name: 'ConnectionError',
      message: expect.stringContaining('check DATABASE_URL'),
    });
  });
});
