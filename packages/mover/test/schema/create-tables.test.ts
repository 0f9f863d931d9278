import { type ChildProcess, execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled, type TestDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { call } from '../prisma/support/call.ts';
import { runWithPsql } from './tried.ts';

const program = fileURLToPath(new URL('../../bin/mover.mjs', import.meta.url));

let folder: string;
let source: string;
let database: TestDatabase;
let client: pg.Client;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vatevo-create-'));
  source = join(folder, 'app.db');
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  rmSync(source, { force: true });
  await database.drop();
});

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[]): { child: ChildProcess; ended: Promise<Outcome> } {
  let child: ChildProcess | undefined;
  const ended = new Promise<Outcome>((resolve) => {
    child = execFile(
      process.execPath,
      [program, ...args],
      { cwd: folder, env: { PATH: process.env.PATH, POSTGRES_URL: database.url } },
      (_, stdout, stderr) => resolve({ code: child?.exitCode ?? null, stdout, stderr }),
    );
  });
  return { child: child as ChildProcess, ended };
}

const mover = (...args: string[]) => call(args, { INIT_CWD: folder, POSTGRES_URL: database.url });
const create = ['transfer', '--source', 'app.db', '--create-tables', '--jobs', '1'];

function makeSource(sql: string): void {
  const db = new Database(source);
  db.exec(sql);
  db.close();
}

async function relations(): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

const SHOP = `
  CREATE TABLE customer(id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT COLLATE NOCASE UNIQUE, active BOOLEAN NOT NULL DEFAULT 1);
  CREATE TABLE "order"(id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer(id) ON DELETE CASCADE,
                       at TEXT, total DECIMAL(10,2), key TEXT);
  CREATE INDEX order_at ON "order"(at DESC);
  INSERT INTO customer VALUES (1,'Ada@example.org',1),(9007199254740993,'bob@example.org',0);
  INSERT INTO "order" VALUES (5,1,'2024-05-01T10:20:30Z',12.5,'3430b28f-c298-4294-ab74-d146c13db605'),(6,9007199254740993,NULL,7,NULL);`;

it('makes the tables and moves the rows in one command', async () => {
  makeSource(SHOP);
  const without = await mover('transfer', '--source', 'app.db');
  expect(without).toMatchObject({ code: 4 });
  expect(without.stderr).toContain('or with pnpm mover transfer --create-tables.');
  const moved = await mover(...create);
  expect(moved, moved.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(await relations()).not.toContain('vatevo_transfer.created');
  const { rows } = await client.query(
    `SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'order' ORDER BY ordinal_position`,
  );
  expect(rows.map(({ column_name, data_type }) => `${column_name} ${data_type}`)).toEqual([
    'id bigint',
    'customer_id bigint',
    'at timestamp with time zone',
    'total numeric',
    'key uuid',
  ]);
  // An id that no double holds.
  const inserted = await client.query(`INSERT INTO customer (email) VALUES ('x') RETURNING id, active`);
  expect(inserted.rows).toEqual([{ id: '9007199254740994', active: true }]);
  await expect(client.query(`INSERT INTO customer (email) VALUES ('ADA@EXAMPLE.ORG')`)).rejects.toThrow(
    'customer_email_folded_key',
  );
  await client.query('DELETE FROM customer WHERE id = 1');
  expect((await client.query('SELECT id FROM "order"')).rows).toEqual([{ id: '6' }]);
  const again = await mover(...create);
  expect(again.stdout).toContain('Nothing to do');
});

it('writes the mapping that later commands need for names which PostgreSQL does not take, or not twice in a key', async () => {
  makeSource(
    `CREATE TABLE t(ctid INTEGER PRIMARY KEY, "" TEXT, at INTEGER); INSERT INTO t VALUES (1, 'x', 2); CREATE TABLE "${'t'.repeat(64)}"(v, UNIQUE (v, v))`,
  );
  const moved = await mover(...create, '--times', 't.at=epoch-seconds');
  expect(moved, moved.stderr).toMatchObject({ code: 0, stderr: '' });
  const file = /need --mapping (.*)/.exec(moved.stdout)?.[1] ?? '';
  for (const command of ['inspect', 'verify']) {
    const done = await mover(command, '--source', 'app.db', '--mapping', file);
    expect(done, done.stderr).toMatchObject({ code: 0, stderr: '' });
  }
});

it('prints what psql runs, on stdout or into a file', async () => {
  makeSource(SHOP);
  const printed = await start(['schema', '--source', 'app.db']).ended;
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  runWithPsql(database.url, printed.stdout);
  const moved = await mover('transfer', '--source', 'app.db', '--jobs', '1');
  expect(moved, moved.stderr).toMatchObject({ code: 0 });
  expect(await mover('schema', '--source', 'app.db', '--out', 'app.sql')).toMatchObject({ code: 0 });
  expect(readFileSync(join(folder, 'app.sql'), 'utf8')).toBe(printed.stdout);
  expect(await mover('schema', '--source', 'app.db', '--out', 'app.sql')).toMatchObject({ code: 2 });
});

it('leaves nothing behind when no row was loaded', async () => {
  makeSource(`CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a' || char(0))`);
  const refused = await mover(...create, '--schema', 'shop');
  expect(refused).toMatchObject({ code: 5 });
  expect(refused.stderr).toContain('decide in the mapping: "t.v": {"nul": "strip"}');
  makeSource(`DELETE FROM t; CREATE TABLE u(id INTEGER PRIMARY KEY); INSERT INTO u VALUES (1)`);
  // The command ends when it finds the disk too small, which is after the tables were made.
  const full = await mover(...create, '--schema', 'shop', '--target-free-space', '1');
  expect(full).toMatchObject({ code: 4 });
  expect(await relations()).toEqual([]);
  expect(
    (await client.query(`SELECT FROM pg_namespace WHERE nspname IN ('shop', 'vatevo_transfer')`)).rowCount,
  ).toBe(0);

  await client.query('CREATE TABLE u(id int)');
  const inTheWay = await mover(...create);
  expect(inTheWay).toMatchObject({ code: 4 });
  expect(inTheWay.stderr).toContain('The schema public already has u,');
  expect(await relations()).toEqual(['public.u']);
});

it('resumes when it was killed before and while rows were loaded', async () => {
  makeSource(SHOP);
  // Waits where the ledger begins, and later where the index is built: the lock is the test's.
  await client.query(`
    CREATE SCHEMA test;
    CREATE FUNCTION test.wait() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity IN ('vatevo_transfer.run', 'public.order_at'))
         AND to_regclass('vatevo_transfer.run') IS NOT NULL THEN PERFORM pg_advisory_lock(42); END IF;
    END $$;
    CREATE EVENT TRIGGER wait ON ddl_command_end EXECUTE FUNCTION test.wait();
    SELECT pg_advisory_lock(42);`);
  const killed = async () => {
    const { child, ended } = start(create);
    for (;;) {
      const { rowCount } = await client.query(
        `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted`,
      );
      if (rowCount !== 0) break;
      if (child.exitCode !== null) throw new Error((await ended).stderr);
    }
    child.kill('SIGKILL');
    await ended;
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted`,
    );
  };
  await killed();
  expect(await relations()).toContain('vatevo_transfer.created');
  await client.query(`
    CREATE OR REPLACE FUNCTION test.wait() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.order_at')
         AND to_regclass('vatevo_transfer.run') IS NOT NULL THEN PERFORM pg_advisory_lock(42); END IF;
    END $$`);
  await killed();
  expect((await client.query('SELECT state FROM vatevo_transfer.run')).rows).toEqual([{ state: 'settling' }]);
  await client.query('SELECT pg_advisory_unlock(42)');
  const resumed = await mover(...create);
  expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
  expect(resumed.stdout).toContain('Transfer resumed and completed');
  expect((await client.query('SELECT count(*)::int FROM customer')).rows).toEqual([{ count: 2 }]);
});

it('designs tables beside a column that SQLite itself would make too large, when that is left behind', async () => {
  makeSource(`
    CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER CHECK (length(zeroblob(n)) >= 0));
    PRAGMA ignore_check_constraints = ON; INSERT INTO t VALUES (1, 600000000);
    ALTER TABLE t ADD made AS (zeroblob(n))`);
  const refused = await mover('schema', '--source', 'app.db');
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('--leave-behind t.made') });
  const moved = await mover(...create, '--leave-behind', 't.made');
  expect(moved, moved.stderr).toMatchObject({ code: 0 });
});

// Reason for skipping: minutes, and the program sqlite3, which writes what the driver does not.
it.runIf(process.env.VATEVO_TEST_LONG === '1' && isInstalled('sqlite3'))(
  'designs tables for values that the driver does not read, and names those that cannot go',
  async () => {
    const sql = `
      CREATE TABLE doc (id INTEGER PRIMARY KEY, body JSON CHECK (length(body) > 0), start TEXT AS (substr(body, 1, 3)));
      CREATE TABLE kept (id TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID;
      INSERT INTO doc (id, body) VALUES (1, '"' || printf('%.*c', 540000000, 'x') || '"');
      INSERT INTO kept VALUES ('a', printf('%.*c', 540000000, 'x'))`;
    expect(spawnSync('sqlite3', [source, sql], { encoding: 'utf8' }).stderr).toBe('');
    const refused = await mover('schema', '--source', 'app.db');
    expect(refused).toMatchObject({ code: 5 });
    expect(refused.stderr).toContain('kept.body (540000000 bytes, id=a: such a value can only be read');
    const advised = /leave behind by name: ((?:--leave-behind \S+ ?)+)\)/.exec(refused.stderr)?.[1] ?? '';
    expect(advised).toBe('--leave-behind doc.start --leave-behind kept.body');
    const moved = await mover(...create, ...advised.split(' '));
    expect(moved, moved.stderr).toMatchObject({ code: 0 });
    expect(moved.stdout).toContain('a CHECK of doc: its values are too large to be tried');
    const { rows } = await client.query('SELECT octet_length(body) AS body FROM doc');
    expect(rows).toEqual([{ body: 540_000_002 }]);
  },
  600_000,
);
