import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStandby } from '@vatevo/local-postgres';
import { standbyPair } from '@vatevo/local-postgres/standby-pair';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { EMPTY_PATH, manifestOf } from './backup/support.ts';
import { call } from './support/call.ts';
import { prepareTarget } from './support/prepared.ts';
import { sql } from './support/sql.ts';
import { callTransfer } from './transfer/support/command.ts';
import { makeSource } from './transfer/support/source.ts';

let folder: string;
let source: string;
const servers = standbyPair();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vatevo-replica-'));
  source = makeSource(folder, 'legacy.db', 300);
  const url = servers.primary.url();
  await prepareTarget(url);
  const { code, stderr } = await callTransfer(source, url);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (args: readonly string[], env: Record<string, string> = {}) =>
  call([...args, '--from-replica'], {
    POSTGRES_URL: servers.primary.url(),
    POSTGRES_REPLICA_URLS: servers.standby.url(),
    ...env,
  });
const verify = ['verify', '--source'];

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, ssl: false });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** How many statements begin with COPY or SELECT and read rows of ours on a server, since it counts. */
const scans = async (url: string) =>
  (
    await sql<{ n: number }>(
      url,
      'SELECT sum(seq_scan + coalesce(idx_scan, 0))::int AS n FROM pg_stat_user_tables',
    )
  )[0]?.n;

it('a command whose connections share a snapshot keeps to one of several hosts', async () => {
  const { primary, standby } = servers;
  const POSTGRES_URL = `${primary.url().replace(/\/postgres$/, `,127.0.0.1:${standby.port}/postgres`)}?load_balance_hosts=random`;
  const { code, stdout, stderr } = await call([...verify, source, '--jobs', '2'], { POSTGRES_URL });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/Connect to the target: [^,]*\/postgres/);
});

it('proofs and backups are read on the standby, with all that the primary has', async () => {
  const before = await scans(servers.primary.url());
  // Of several hosts the one that has all of it is read, and no other.
  const hosts = servers.standby.url().replace(/\/postgres$/, ',127.0.0.1:1/postgres');
  const proof = await run([...verify, source], { POSTGRES_REPLICA_URLS: hosts });
  expect({ code: proof.code, stderr: proof.stderr }).toEqual({ code: 0, stderr: '' });
  expect(proof.stdout).toContain(`@127.0.0.1:${servers.standby.port}/`);
  const to = join(folder, 'backups');
  const backup = await run(['backup', '--json', '--to', to], { PATH: EMPTY_PATH });
  expect(backup.code).toBe(0);
  const manifest = manifestOf(JSON.parse(backup.stdout).backup.folder);
  expect(manifest.source).toContain(`:${servers.standby.port}/`);
  await sql(servers.primary.url(), 'SELECT pg_stat_force_next_flush()');
  expect(await scans(servers.primary.url())).toBe(before);
  // By pg_dump, where there is one.
  expect((await run(['backup', '--to', to])).code).toBe(0);

  await sql(
    servers.primary.url(),
    `UPDATE invoices SET currency = 'XXX' WHERE id = (SELECT min(id) FROM invoices)`,
  );
  const differing = await run([...verify, source]);
  expect({ code: differing.code, said: differing.stdout.includes('XXX') }).toEqual({ code: 6, said: true });
});

it('a standby that is behind is waited for, and its lag is told', async () => {
  const standby = await connected(servers.standby.url());
  await standby.query('SELECT pg_wal_replay_pause()');
  await sql(
    servers.primary.url(),
    `UPDATE tenants SET name = 'late' WHERE id = (SELECT min(id) FROM tenants)`,
  );
  const proof = run([...verify, source]);
  const admin = await connected(servers.standby.url().replace('/postgres', '/postgres'));
  await expect
    .poll(
      async () =>
        (
          await admin.query(
            `SELECT FROM pg_stat_activity WHERE query LIKE '%pg_last_wal_replay_lsn%' AND pid <> pg_backend_pid()`,
          )
        ).rowCount,
    )
    .toBeGreaterThan(0);
  await standby.query('SELECT pg_wal_replay_resume()');
  const { code, stdout, stderr } = await proof;
  expect({
    code,
    said: (stdout + stderr).includes('of the log behind'),
    late: stdout.includes('late'),
  }).toEqual({ code: 6, said: true, late: true });
});

it('what is no standby of the primary is refused with the reason', async () => {
  expect(await run([...verify, source], { POSTGRES_REPLICA_URLS: '' })).toMatchObject({ code: 2 });
  const itself = await run([...verify, source], { POSTGRES_REPLICA_URLS: servers.primary.url() });
  expect({ code: itself.code, said: itself.stderr.includes('is no standby') }).toEqual({
    code: 4,
    said: true,
  });
  const standby = await run([...verify, source], { POSTGRES_URL: servers.standby.url() });
  expect({ code: standby.code, said: standby.stderr.includes('is a standby itself') }).toEqual({
    code: 4,
    said: true,
  });
  const elsewhere = await run(['backup'], { POSTGRES_REPLICA_URLS: servers.standby.url('template1') });
  expect({ code: elsewhere.code, stderr: elsewhere.stderr }).toEqual({
    code: 4,
    stderr: expect.stringContaining('it is another database of this cluster'),
  });
  const other = await run(['backup', '--url-env', 'OTHER_URL'], { OTHER_URL: servers.primary.url() });
  expect({ code: other.code, said: other.stderr.includes('OTHER_URL') }).toEqual({ code: 2, said: true });
  const file = await run(['backup', '--source', source]);
  expect(file.code).toBe(2);
});

it('a backup from a standby that is promoted meanwhile holds what was there when it began', async () => {
  const next = await startStandby(servers.primary);
  onTestFinished(() => next.dispose());
  const onNext = await connected(next.url());
  // The lock of the primary holds the backup up on the standby as well.
  const locking = await connected(servers.primary.url());
  const backUp = () =>
    run(['backup', '--json', '--to', join(folder, 'promoted')], {
      POSTGRES_REPLICA_URLS: next.url(),
      PATH: EMPTY_PATH,
    });
  const before = await backUp();
  await locking.query('BEGIN; LOCK TABLE webhook_events IN ACCESS EXCLUSIVE MODE');
  const isLocked = () => onNext.query(`SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock'`);
  await expect.poll(async () => (await isLocked()).rowCount, { timeout: 20_000 }).toBe(1);
  const backup = backUp();
  const isHeldUp = () => onNext.query('SELECT FROM pg_locks WHERE NOT granted');
  await expect.poll(async () => (await isHeldUp()).rowCount, { timeout: 20_000 }).toBeGreaterThan(0);
  await onNext.query('SELECT pg_promote()');
  await locking.query('ROLLBACK');
  await onNext.query(
    `DELETE FROM webhook_events; UPDATE invoices SET currency = 'YYY'; DELETE FROM invoices WHERE id % 2 = 0`,
  );
  const meanwhile = await backup;
  const [first, second] = [before, meanwhile].map(
    ({ stdout }) => manifestOf(JSON.parse(stdout).backup.folder).tables,
  );
  expect(second).toEqual(first);
});

it('a conflict with replay is told with what to set', async () => {
  const standby = await connected(servers.standby.url());
  await standby.query(`ALTER SYSTEM SET max_standby_streaming_delay = 0`);
  await standby.query('SELECT pg_reload_conf()');
  onTestFinished(async () => {
    await sql(
      servers.standby.url(),
      'ALTER SYSTEM RESET max_standby_streaming_delay',
      'SELECT pg_reload_conf()',
    );
  });
  // A lock that the backup holds on the standby stands in the way of the next change of the table.
  let ended = false;
  const backups = (async () => {
    for (;;) {
      const outcome = await run(['backup', '--to', join(folder, 'conflicts')], { PATH: EMPTY_PATH });
      // A session that is ended between two statements knows no more than that its connection is lost.
      if (outcome.code !== 0 && outcome.code !== 3) return outcome;
    }
  })().finally(() => {
    ended = true;
  });
  while (!ended)
    await sql(servers.primary.url(), 'ALTER TABLE webhook_events ALTER COLUMN delivered SET DEFAULT false');
  const { code, stderr } = await backups;
  expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining('hot_standby_feedback = on') });
});

it('one that follows another server than the primary is refused, however far its log is', async () => {
  await sql(servers.primary.url(), `CREATE ROLE unprivileged LOGIN PASSWORD 'of-nobody'`);
  // The next primary hears of nothing any more, while the replica goes on to follow the old one.
  const next = await startStandby(servers.primary);
  onTestFinished(() => next.dispose());
  const astray = await startStandby(next);
  onTestFinished(() => astray.dispose());
  const onNext = await connected(next.url());
  await onNext.query("ALTER SYSTEM SET primary_conninfo = ''");
  await onNext.query('SELECT pg_reload_conf()');
  await expect
    .poll(async () => (await onNext.query('SELECT pid FROM pg_stat_wal_receiver')).rows)
    .toEqual([]);
  await sql(servers.primary.url(), 'CREATE TABLE lost AS SELECT n FROM generate_series(1, 100000) AS n');
  await onNext.query('SELECT pg_promote()');
  const { rows } = await onNext.query('SELECT pg_current_wal_insert_lsn()::text AS lsn');
  const isFurther = () =>
    sql(servers.standby.url(), `SELECT pg_last_wal_replay_lsn() > '${rows[0].lsn}' AS is`);
  await expect.poll(isFurther, { timeout: 20_000 }).toEqual([{ is: true }]);
  const { code, stderr } = await run([...verify, source], { POSTGRES_URL: next.url() });
  expect({ code, stderr }).toEqual({
    code: 4,
    stderr: expect.stringContaining('it is on timeline 1, and the primary on 2'),
  });

  // The other way round, for a login that the server does not tell which timeline it receives.
  await sql(next.url(), 'CREATE TABLE astray AS SELECT n FROM generate_series(1, 300000) AS n');
  const isThere = () => sql(astray.url(), `SELECT to_regclass('astray') AS found`);
  await expect.poll(isThere, { timeout: 20_000 }).toEqual([{ found: 'astray' }]);
  const unprivileged = new URL(astray.url());
  Object.assign(unprivileged, { username: 'unprivileged', password: 'of-nobody' });
  const proof = await run([...verify, source], { POSTGRES_REPLICA_URLS: unprivileged.href });
  expect({ code: proof.code, stderr: proof.stderr }).toEqual({
    code: 4,
    stderr: expect.stringContaining('it has a log that the primary never wrote'),
  });
});
