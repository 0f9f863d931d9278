import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { canFreeze, freeze } from '@vatevo/local-postgres/vitest';
import { blackHole, closedPort } from '@vatevo/test-kit/silent-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from './support/call.ts';
import { commandLinesWith, type Outcome, root, runScript, start, startScript } from './support/run-script.ts';
import { sql, variant, withClient } from './support/sql.ts';
import { LONG } from './transfer/support/bench.ts';

/** Found nowhere else, so that a search for it in any output is a proof. */
const PASSWORD = 'hunter%2F2-zq9';
const SHOWN_FORMS = [PASSWORD, decodeURIComponent(PASSWORD), 'zq9'];
const SCRIPT = 'ops:prepare-postgres';

let server: LocalPostgres;
let counter = 0;

beforeAll(async () => {
  server = await startLocalPostgres({ password: decodeURIComponent(PASSWORD) });
});
afterAll(() => server.dispose());

const freshName = () => `prep_${process.pid}_${++counter}`;
const prepare = (url: string, args: string[] = [], env: Record<string, string> = {}) =>
  call(['prepare-postgres', ...args], { POSTGRES_URL: url, ...env });

function expectNoSecret(outcome: Outcome): void {
  for (const form of SHOWN_FORMS) {
    expect(outcome.stdout).not.toContain(form);
    expect(outcome.stderr).not.toContain(form);
  }
}

/** One sentence for a failure, then lines to act on. */
function expectRefusal(outcome: Outcome, code: number, sentence: RegExp | string): void {
  expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({
    code,
    stderr:
      typeof sentence === 'string' ? expect.stringContaining(sentence) : expect.stringMatching(sentence),
  });
  expect(outcome.stderr.match(/^error: /gm)).toHaveLength(1);
  expect(outcome.stderr).not.toMatch(/^\s+at /m);
  expectNoSecret(outcome);
}

/** A role without any special right, and its URL for the database. */
/** A login that may do nothing of its own, but what an administrator does once for the API (see the runbook). */
async function plainRole(
  database: string,
  { mayActAsApp = true } = {},
): Promise<{ role: string; url: string }> {
  const role = `role_${freshName()}`;
  await sql(
    server.url(),
    ...['vatevo_app', 'vatevo_jobs'].map(
      (each) => `DO $$ BEGIN CREATE ROLE ${each} NOLOGIN; EXCEPTION WHEN duplicate_object THEN END $$`,
    ),
    `CREATE ROLE ${role} LOGIN PASSWORD '${decodeURIComponent(PASSWORD)}' ${mayActAsApp ? 'IN ROLE vatevo_app, vatevo_jobs' : ''}`,
  );
  return { role, url: variant(server.url(database), { user: role }) };
}

describe('a database that can be prepared', () => {
  it('is created, migrated and verified; the second run finds nothing to do', async () => {
    const url = server.url(freshName());
    let first!: Outcome;
    const seen = await commandLinesWith('zq9', async () => {
      first = await runScript(SCRIPT, ['-t', '20'], { POSTGRES_URL: url });
    });
    expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/✓ Create the database \(/);
    expect(first.stdout).toMatch(/✓ Apply migrations: \S+.* \(\d/);
    expect(first.stdout).toMatch(/^Ready: postgresql:\/\/postgres@127/m);
    expect(seen).toEqual([]);
    expectNoSecret(first);
    expect(await sql(url, 'SELECT count(*)::int FROM tenants')).toEqual([{ count: 0 }]);

    const second = await prepare(url, ['--json']);
    expect(second).toMatchObject({ code: 0, stderr: '' });
    const report = JSON.parse(second.stdout);
    expect(report).toMatchObject({ command: 'prepare-postgres', ok: true, created: false, applied: [] });
    expect(report.known).toBeGreaterThan(0);
    expect(report.steps.every((step: { ms: number }) => step.ms >= 0)).toBe(true);
    expectNoSecret(second);
  });

  it('may be prepared twice in parallel: both exit 0, one set of migrations', async () => {
    const url = server.url(freshName());
    const both = await Promise.all([
      prepare(url, ['-t', '60', '--json']),
      prepare(url, ['-t', '60', '--json']),
    ]);
    expect(both.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array(2).fill({ code: 0, stderr: '' }),
    );
    const reports = both.map(({ stdout }) => JSON.parse(stdout));
    expect(reports.filter((report) => report.applied.length > 0)).toHaveLength(1);
    expect(reports.filter((report) => report.created)).toHaveLength(1);
    const rows = await sql<{ runs: number }>(
      url,
      'SELECT count(*)::int AS runs FROM _prisma_migrations GROUP BY migration_name',
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every(({ runs }) => runs === 1)).toBe(true);
  });

  it('is prepared and checked under the old names, from any folder', async () => {
    const options = { cwd: tmpdir(), env: { POSTGRES_URL: server.url(freshName()) } };
    const prepared = await start(join(root, 'ops/db/prepare_postgres.sh'), ['-t', '60'], options).ended;
    expect(prepared).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^Ready: /m) });
    const checked = await start(join(root, 'ops/db/check_connection.sh'), ['--json'], options).ended;
    expect(checked).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(checked.stdout)).toMatchObject({ ok: true, migrations: { state: 'current' } });
    expectNoSecret(prepared);
    expectNoSecret(checked);
  });

  // They take turns by the same lock, as two that prepare.
  it.runIf(LONG)('may be prepared while db:deploy applies the same migrations', async () => {
    const url = await server.createDatabase(freshName());
    const [prepared, deployed] = await Promise.all([
      prepare(url, ['-t', '60']),
      runScript('db:deploy', [], { POSTGRES_URL: url }),
    ]);
    expect([prepared, deployed].map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array(2).fill({ code: 0, stderr: '' }),
    );
    const rows = await sql<{ runs: number }>(
      url,
      'SELECT count(*)::int AS runs FROM _prisma_migrations GROUP BY migration_name',
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every(({ runs }) => runs === 1)).toBe(true);
  });

  it('is waited for while its server starts', async () => {
    const late = await startLocalPostgres();
    try {
      const url = await late.createDatabase();
      await late.stop();
      const running = startScript(SCRIPT, ['-t', '60'], { POSTGRES_URL: url });
      await running.said('waiting:');
      await late.start();
      expect((await running.ended).code).toBe(0);
    } finally {
      await late.dispose();
    }
  });

  it('needs no more than an ordinary role that owns it', async () => {
    const name = freshName();
    const { role, url } = await plainRole(name);
    await sql(server.url(), `CREATE DATABASE ${name} OWNER ${role}`);
    expect((await prepare(url)).code).toBe(0);
  });

  it('says what an administrator has to run when the role may not set up that of the API', async () => {
    const name = freshName();
    const { role, url } = await plainRole(name, { mayActAsApp: false });
    await sql(server.url(), `CREATE DATABASE ${name} OWNER ${role}`);
    const { code, stderr } = await prepare(url);
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining('an administrator has to') });
    const statements = stderr.match(/(?<=^\s*)GRANT vatevo_(?:app|jobs) TO .*;$/gm) ?? [];
    expect(statements).toHaveLength(2);
    await sql(server.url(), ...statements);
    const second = await prepare(url);
    expect({ code: second.code, stderr: second.stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('makes the role of the API with a login that may, and lets it act as that', async () => {
    const name = freshName();
    const { role, url } = await plainRole(name, { mayActAsApp: false });
    // A server of its own has no such role yet; this one has, so it is under another's administration.
    await sql(
      server.url(),
      `ALTER ROLE ${role} CREATEROLE`,
      `GRANT vatevo_app, vatevo_jobs TO ${role} WITH ADMIN OPTION`,
    );
    await sql(server.url(), `CREATE DATABASE ${name} OWNER ${role}`);
    expect((await prepare(url)).code).toBe(0);
  });
});

describe('a table that somebody else holds', () => {
  it('is not queued up for: the deployment gives up soon, tries again, and says so', async () => {
    const url = server.url(freshName());
    await sql(server.url(), `CREATE DATABASE ${new URL(url).pathname.slice(1)}`);
    await withClient(url, async (other) => {
      // An uncommitted table of the same name: the first migration has to wait for its fate.
      await other.query('BEGIN');
      await other.query('CREATE TABLE tenants (id int)');
      const running = startScript(SCRIPT, ['-t', '60'], { POSTGRES_URL: url });
      await running.said('waiting for locks');
      await other.query('ROLLBACK');
      const outcome = await running.ended;
      expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
    });
    const runs = await sql(
      url,
      'SELECT count(*)::int AS runs FROM _prisma_migrations WHERE finished_at IS NULL AND rolled_back_at IS NULL',
    );
    expect(runs).toEqual([{ runs: 0 }]);
  });
});

describe('a configuration that cannot work', () => {
  it('exits 2 when POSTGRES_URL is unset or empty', async () => {
    expectRefusal(await prepare(''), 2, 'POSTGRES_URL is not set');
    // A developer's .env would fill the gap, and this test would prepare that database.
    if (existsSync(join(root, '.env'))) return;
    expectRefusal(await call(['prepare-postgres'], {}), 2, 'POSTGRES_URL is not set');
  });

  it.each([
    ['no URL at all', `nonsense ${PASSWORD}`, 'POSTGRES_URL is not a PostgreSQL URL'],
    ['another database', `mysql://root:${PASSWORD}@localhost/db`, 'POSTGRES_URL is not a PostgreSQL URL'],
    ['no database', `postgresql://root:${PASSWORD}@localhost`, 'names no database'],
    [
      'a port that is none',
      `postgresql://root:${PASSWORD}@localhost:99999/db`,
      'POSTGRES_URL is not a valid URL',
    ],
    ['a stray percent sign', `postgresql://root:${PASSWORD}%zz@localhost/db`, 'percent-encoding'],
  ])('exits 2 for a malformed URL: %s', async (_, url, sentence) => {
    expectRefusal(await prepare(url), 2, sentence);
  });
});

describe('a server that cannot be reached', () => {
  it('exits 3 at once for a wrong password', async () => {
    const url = variant(server.url(freshName()), { password: 'wrong-zq9' });
    const outcome = await prepare(url, ['-t', '60']);
    expectRefusal(outcome, 3, /turned the login down/);
    // It does not wait until the time of -t is over.
    expect(outcome.ms).toBeLessThan(30_000);
  });

  it('exits 3 at once when TLS is asked for and not there', async () => {
    const outcome = await prepare(server.url(freshName()), ['-t', '60'], { DB_SSL_MODE: 'require' });
    expectRefusal(outcome, 3, /TLS failed/);
    // It does not wait until the time of -t is over.
    expect(outcome.ms).toBeLessThan(30_000);
  });

  it('exits 3 for an address that answers nothing to the request for TLS', async () => {
    const hole = await blackHole();
    try {
      const url = `postgresql://me:${PASSWORD}@127.0.0.1:${hole.port}/db`;
      const outcome = await prepare(url, ['-t', '3', '--json'], { DB_SSL_MODE: 'require' });
      expectRefusal(outcome, 3, /did not answer in time/);
      expect(reported(outcome)).toBeLessThan(5000);
    } finally {
      await hole.close();
    }
  });

  it('exits 3 for a closed port when the time is up', async () => {
    const url = `postgresql://me:${PASSWORD}@127.0.0.1:${await closedPort()}/db`;
    const outcome = await prepare(url, ['-t', '1']);
    expectRefusal(outcome, 3, /No PostgreSQL server answers/);
    expect(reported(await prepare(url, ['-t', '1', '--json']))).toBeLessThan(3000);
  });

  it('exits 3 for an address that accepts and never answers, not later than 2 s after the time-out', async () => {
    const hole = await blackHole();
    try {
      const url = `postgresql://me:${PASSWORD}@127.0.0.1:${hole.port}/db`;
      const outcome = await prepare(url, ['-t', '3', '--json']);
      expectRefusal(outcome, 3, /did not answer in time/);
      expect(reported(outcome)).toBeLessThan(5000);
    } finally {
      await hole.close();
    }
  });

  it.runIf(canFreeze)('exits 3 when the server falls silent after the login (needs /proc)', async () => {
    const frozen = await startLocalPostgres();
    let thaw = () => {};
    try {
      const url = frozen.url();
      const { PREPARE_LOCK } = await import('../src/prepare/lock.ts');
      await withClient(url, async (holder) => {
        await holder.query(`SELECT pg_advisory_lock(${PREPARE_LOCK})`);
        const running = startScript(SCRIPT, ['-t', '8'], { POSTGRES_URL: url });
        await running.said('waiting for another run');
        thaw = freeze(frozen);
        expectRefusal(
          await running.ended,
          3,
          /The server at \S+ .*did not answer in time: check the network/,
        );
        thaw();
      });
    } finally {
      thaw();
      await frozen.dispose();
    }
  });

  it('exits 3 with the SQL for an administrator when the database is missing and may not be created', async () => {
    const name = freshName();
    const { role, url } = await plainRole(name);
    const outcome = await prepare(url, ['-t', '20']);
    expectRefusal(outcome, 3, `The database "${name}" does not exist`);
    const statement = /CREATE DATABASE .*;/.exec(outcome.stderr)?.[0] ?? '';
    expect(statement).toContain(`OWNER "${role}"`);
    await sql(server.url(), statement);
    expect((await prepare(url)).code).toBe(0);
  });

  it('creates it with a role that may, even one that is kept out of the database "postgres"', async () => {
    const name = freshName();
    const { role, url } = await plainRole(name);
    await sql(server.url(), `ALTER ROLE ${role} CREATEDB`, 'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC');
    try {
      expect((await prepare(url)).code).toBe(0);
    } finally {
      await sql(server.url(), 'GRANT CONNECT ON DATABASE postgres TO PUBLIC');
    }
  });
});

/** Milliseconds that the command itself counted: without npm's and Node's start. */
function reported({ stdout }: Outcome): number {
  return JSON.parse(stdout).durationMs;
}

describe('a database that must not be touched', () => {
  let url: string;
  beforeAll(async () => {
    url = server.url(freshName());
    expect((await prepare(url)).code).toBe(0);
  });

  const tables = (at: string) =>
    sql(at, "SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public'");

  it('exits 4 with the GRANT where the role may not create tables', async () => {
    const name = freshName();
    const { url: asPlain } = await plainRole(name);
    await server.createDatabase(name);
    const outcome = await prepare(asPlain);
    expectRefusal(outcome, 4, 'GRANT USAGE, CREATE ON SCHEMA public TO');
    expect(await tables(server.url(name))).toEqual([{ tables: 0 }]);
  });

  it('exits 4 when its migrations are newer than this release', async () => {
    await sql(
      url,
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ('newer', 'x', '29990101000000_from_the_future', now(), now(), 1)`,
    );
    expectRefusal(await prepare(url), 4, /29990101000000_from_the_future.*newer release/);
    await sql(url, "DELETE FROM _prisma_migrations WHERE id = 'newer'");
  });

  it('exits 4 when a migration failed half-way', async () => {
    const [last] = await sql<{ id: string; migration_name: string }>(
      url,
      'SELECT id, migration_name FROM _prisma_migrations ORDER BY started_at DESC LIMIT 1',
    );
    await sql(url, `UPDATE _prisma_migrations SET finished_at = NULL WHERE id = '${last?.id}'`);
    const outcome = await prepare(url);
    expectRefusal(outcome, 4, 'stopped half-way');
    expect(outcome.stderr).toContain(`resolve --rolled-back ${last?.migration_name}`);
    await sql(url, `UPDATE _prisma_migrations SET finished_at = now() WHERE id = '${last?.id}'`);
  });

  it('exits 4 when an applied migration was edited', async () => {
    const [first] = await sql<{ checksum: string; id: string }>(
      url,
      'SELECT id, checksum FROM _prisma_migrations',
    );
    await sql(url, `UPDATE _prisma_migrations SET checksum = repeat('0', 64) WHERE id = '${first?.id}'`);
    expectRefusal(await prepare(url), 4, 'in another form than this release holds');
    await sql(url, `UPDATE _prisma_migrations SET checksum = '${first?.checksum}' WHERE id = '${first?.id}'`);
  });

  it('exits 4 when the schema drifted, naming what differs', async () => {
    await sql(url, 'ALTER TABLE tenants ADD COLUMN by_hand integer');
    const outcome = await prepare(url);
    expectRefusal(outcome, 4, 'differs from what the migrations make');
    expect(outcome.stderr).toContain('by_hand');
    await sql(url, 'ALTER TABLE tenants DROP COLUMN by_hand');
  });

  it('exits 4 while a transfer is unfinished, and ignores the ledger of a complete one', async () => {
    await sql(
      url,
      'CREATE SCHEMA vatevo_transfer',
      'CREATE TABLE vatevo_transfer.run (id int, state text)',
      "INSERT INTO vatevo_transfer.run VALUES (1, 'copying')",
    );
    expectRefusal(await prepare(url), 4, 'unfinished (state "copying")');
    await sql(url, "UPDATE vatevo_transfer.run SET state = 'complete'");
    expect((await prepare(url)).code).toBe(0);
  });

  it('exits 7 when another run holds the lock for longer than the time-out', async () => {
    const { Client } = await import('pg');
    const { PREPARE_LOCK } = await import('../src/prepare/lock.ts');
    const holder = new Client({ connectionString: url, application_name: 'the-other' });
    await holder.connect();
    try {
      await holder.query(`SELECT pg_advisory_lock(${PREPARE_LOCK})`);
      expectRefusal(await prepare(url, ['-t', '1']), 7, /Another run .*the-other.*server process \d+/);
    } finally {
      await holder.end();
    }
  });

  it('is fit again once all of that is undone', async () => {
    expect((await prepare(url)).code).toBe(0);
  });
});
