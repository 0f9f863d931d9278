import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TestDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import Database from 'better-sqlite3';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { call, type Outcome } from './prisma/support/call.ts';

const readme = fileURLToPath(new URL('../README.md', import.meta.url));
const program = fileURLToPath(new URL('../bin/mover.mjs', import.meta.url));

let folder: string;
let source: string;
let database: TestDatabase;

beforeEach(async () => {
  // One for each test: this process holds the files that it has read, which a move takes for replaced ones.
  folder = mkdtempSync(join(tmpdir(), 'vatevo-mover-'));
  source = join(folder, 'app.db');
  database = await testDatabase();
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await database.drop();
});

/** What is around a command: another application's variables, too. */
const around = (env: Record<string, string>) => ({
  ...{ POSTGRES_URL: database.url, PORT: 'auto', HOST: 'a b' },
  ...env,
});

/** Runs a command of the mover in this process. */
const mover = (args: readonly string[], env: Record<string, string> = {}) =>
  call(args, { INIT_CWD: folder, ...around(env) });

/** Runs it as its users do. */
function typed(args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...args],
      {
        cwd: folder,
        env: { PATH: process.env.PATH, ...around({}) },
      },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

function makeSource(sql: string): void {
  const db = new Database(source);
  db.exec(sql);
  db.close();
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    const results = await client.query(sql);
    return (Array.isArray(results) ? results.at(-1) : results).rows;
  } finally {
    await client.end();
  }
}

it('moves a database that it has never heard of by the commands that the README shows where there are tables', async () => {
  makeSource(`
    CREATE TABLE Users(id INTEGER PRIMARY KEY, email TEXT, createdAt DATETIME);
    INSERT INTO Users VALUES (1, 'ada@example.org', 1714558830000), (2, NULL, NULL);
    CREATE TABLE tenants(id INTEGER PRIMARY KEY, api_key TEXT, created_at TEXT);
    INSERT INTO tenants VALUES (7, 'hunter' || char(0) || '2', '');`);
  await query(`
    CREATE TABLE users(id int PRIMARY KEY, email text, created_at timestamptz);
    CREATE TABLE tenants(id int PRIMARY KEY, api_key text, created_at timestamptz);`);
  const blocks = [...readFileSync(readme, 'utf8').matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text);
  const shown = blocks.find((text) => text.includes('pnpm mover plan')) ?? '';
  const [plan = '', transfer = '', ...others] = [...shown.matchAll(/^pnpm mover (.*)$/gm)].map(
    ([, args = '']) => args,
  );
  expect(others).toEqual([]);
  const asTransfer = transfer.replace('transfer ', '');
  for (const args of [plan, `inspect ${asTransfer}`, transfer, `verify ${asTransfer}`]) {
    const outcome = await typed(args.split(' '));
    expect(outcome, outcome.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toContain('Open the source: app.db (');
    if (args === plan) expect(outcome.stdout).toContain(`Next: pnpm mover ${transfer}`);
  }
  expect(await query('SELECT * FROM users ORDER BY id')).toEqual([
    { id: 1, email: 'ada@example.org', created_at: new Date(1714558830000) },
    { id: 2, email: null, created_at: null },
  ]);
  expect(await query('SELECT * FROM tenants')).toEqual([{ id: 7, api_key: 'hunter2', created_at: null }]);
  const written = readFileSync(join(folder, 'move.json'), 'utf8');
  expect(written).not.toContain('hunter2');
  expect(JSON.parse(written)).toMatchObject({
    $schema: './move.schema.json',
    tables: { users: { columns: { created_at: { from: 'createdAt' } } } },
    decisions: {
      zone: 'UTC',
      columns: {
        'Users.createdAt': { numbers: 'epoch-milliseconds' },
        'tenants.api_key': { nul: 'strip' },
        'tenants.created_at': { empty: 'null' },
      },
    },
    evidence: { 'Users.createdAt': { stored: { integer: 1, null: 1 } }, 'tenants.api_key': { samples: [] } },
  });
  expect(JSON.parse(readFileSync(join(folder, 'move.schema.json'), 'utf8'))).toMatchObject({
    properties: { decisions: { properties: { columns: expect.any(Object) } } },
    additionalProperties: false,
  });
  const again = await mover(plan.split(' '));
  expect(again).toMatchObject({ code: 2, stdout: '' });
  expect(again.stderr).toContain('--force');
});

it('takes schema, names and target from its options', async () => {
  makeSource(`
    CREATE TABLE "User"(id INTEGER PRIMARY KEY, createdAt DATETIME, legacyFlags TEXT);
    INSERT INTO "User" VALUES (1, 1714558830000, 'x');
    CREATE TABLE Drafts(id INTEGER PRIMARY KEY);
    INSERT INTO Drafts VALUES (1);`);
  await query(`
    CREATE SCHEMA shop;
    CREATE TABLE shop.users(id int PRIMARY KEY, created_at timestamptz);
    CREATE TABLE shop.schema_migrations(version text PRIMARY KEY);
    INSERT INTO shop.schema_migrations VALUES ('1');`);
  const url = new URL(database.url);
  const env = { POSTGRES_URL: 'postgresql://nobody@127.0.0.1:1/nothing', DATABASE_URL: database.url };
  const options = [
    '--source',
    'app.db',
    '--schema',
    'shop',
    '--mapping',
    'map.json',
    '--url-env',
    'DATABASE_URL',
  ];

  writeFileSync(join(folder, 'map.json'), '{"tables": {"users": {"source": "User", "cols": {}}}, "x": 1}');
  const refused = await mover(['transfer', ...options], env);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(/map\.json is not a mapping.*tables\.users: .*"cols".*the whole: .*"x"/s);

  const [, example = ''] = /```json\n(.*?)```/s.exec(readFileSync(readme, 'utf8')) ?? [];
  writeFileSync(join(folder, 'map.json'), example);
  const moved = await mover(['transfer', ...options], env);
  expect(moved, moved.stderr).toMatchObject({ code: 0 });
  expect(await query(`SELECT id, created_at AT TIME ZONE 'UTC' AS at FROM shop.users`)).toMatchObject([
    { id: 1 },
  ]);

  url.password = 'not-the-password';
  const wrong = await mover(['verify', ...options], { ...env, DATABASE_URL: url.href });
  expect(wrong.code).toBe(3);
  expect(wrong.stdout + wrong.stderr).not.toContain('not-the-password');
  expect((await mover(['verify', ...options], { ...env, DATABASE_URL: '' })).stderr).toContain(
    'DATABASE_URL is not set',
  );
});

it('lets all rows go that an application wrote at its first start, when one option says so', async () => {
  makeSource(`
    CREATE TABLE roles(id INTEGER PRIMARY KEY, name TEXT);
    INSERT INTO roles VALUES (1, 'reader'), (2, 'editor');
    CREATE TABLE grants(id INTEGER PRIMARY KEY, role INT REFERENCES roles(id));
    INSERT INTO grants VALUES (1, 2);
    CREATE TABLE sessions(id INTEGER PRIMARY KEY, role INT REFERENCES roles(id));`);
  await query(`
    CREATE TABLE roles(id int PRIMARY KEY, name text);
    INSERT INTO roles VALUES (1, 'reader'), (2, 'writer');
    CREATE TABLE grants(id int PRIMARY KEY, role int REFERENCES roles);
    INSERT INTO grants VALUES (1, 2);
    CREATE TABLE sessions(id int PRIMARY KEY, role int REFERENCES roles);
    INSERT INTO sessions VALUES (1, 2);`);
  await mover(['plan', '--source', 'app.db', '--out', 'move.json', '--seeded', 'replace']);
  const moved = await mover(['transfer', '--source', 'app.db', '--mapping', 'move.json']);
  expect(moved, moved.stderr).toMatchObject({ code: 0 });
  expect(
    await query(
      'SELECT r.name, (SELECT count(*)::int FROM sessions) FROM grants g JOIN roles r ON r.id = g.role',
    ),
  ).toEqual([{ name: 'editor', count: 0 }]);
});

it('asks before rows would point to what is another thing in PostgreSQL, also through a row that is the same', async () => {
  makeSource(`
    CREATE TABLE areas(id INTEGER PRIMARY KEY, name TEXT, note TEXT);
    INSERT INTO areas VALUES (1, 'sales', NULL), (2, 'stock', 'x'), (3, 'nobody asks', NULL);
    CREATE TABLE roles(id INTEGER PRIMARY KEY, name TEXT, area INT REFERENCES areas(id));
    INSERT INTO roles VALUES (1, 'reader', 2), (2, 'editor', 1), (9, 'of the source', 3);
    CREATE TABLE users(id INTEGER PRIMARY KEY, role INT REFERENCES roles(id));
    INSERT INTO users VALUES (1, 1), (2, NULL);`);
  await query(`
    CREATE TABLE areas(id int PRIMARY KEY, name text, note text);
    INSERT INTO areas VALUES (1, 'another one', NULL), (2, 'stores', 'x');
    CREATE TABLE roles(id int PRIMARY KEY, name text, area int REFERENCES areas);
    INSERT INTO roles VALUES (1, 'reader', 2), (3, 'guest', 1);
    CREATE TABLE users(id int PRIMARY KEY, role int REFERENCES roles);`);
  const plan = await mover([
    'plan',
    '--source',
    'app.db',
    '--out',
    'move.json',
    '--seeded',
    'skip',
    '--json',
  ]);
  expect(JSON.parse(plan.stdout)).toMatchObject({
    plan: {
      tables: { roles: { seeded: 'skip' } },
      questions: {
        'areas: seeded': {
          candidates: { 'skip-as-the-same': { decides: { ignoreTarget: ['areas.name'] } } },
        },
      },
    },
  });
  const move = (ignoreTarget: readonly string[]) => {
    const tables = { areas: { seeded: 'skip' }, roles: { seeded: 'skip' } };
    writeFileSync(join(folder, 'move.json'), JSON.stringify({ tables, ignoreTarget }));
    return mover(['transfer', '--source', 'app.db', '--mapping', 'move.json']);
  };
  expect(await move([])).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(
      /roles\.area will point to rows of areas .* where id=2 has the name "stores", and "stock" in the source; .*"ignoreTarget": \["areas\.name"\]/,
    ),
  });
  const moved = await move(['areas.name']);
  expect(moved, moved.stderr).toMatchObject({ code: 0 });
  expect(moved.stdout).toMatch(/roles rows of the source: \*: 3 became left behind/);
});

it('hands a live database over and back', async () => {
  makeSource(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE notes(id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT NOT NULL);
    INSERT INTO notes(note) VALUES ('first');`);
  await query('CREATE TABLE notes(id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, note text NOT NULL)');
  const run = async (...args: string[]) => {
    const outcome = await mover(args);
    expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
    return outcome.stdout;
  };
  expect(await run('cutover', 'start', '--source', 'app.db')).toContain('Next: pnpm mover cutover finish');
  makeSource(`INSERT INTO notes(note) VALUES ('while it moves')`);
  expect(await run('cutover', 'finish', '--source', 'app.db')).toContain('PostgreSQL has taken over');
  await query(`INSERT INTO notes(note) VALUES ('in PostgreSQL')`);
  expect(await run('rollback', '--to', 'app.db')).toContain('Next: let the application use ');
  const db = new Database(source, { readonly: true });
  expect(db.prepare('SELECT note FROM notes ORDER BY id').pluck().all()).toEqual([
    'first',
    'while it moves',
    'in PostgreSQL',
  ]);
  db.close();
});

it('backs up what it moved, and restores it', async () => {
  makeSource(`CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'x')`);
  const saved = await mover(['backup', '--source', 'app.db', '--json']);
  expect(saved, saved.stderr).toMatchObject({ code: 0 });
  const { backup } = JSON.parse(saved.stdout) as { backup: { folder: string } };
  const restored = await mover(['restore', '--from', backup.folder, '--to', 'again.db']);
  expect(restored, restored.stderr).toMatchObject({ code: 0 });
});

it('names an event trigger that refuses the tables, which one sentence says', async () => {
  makeSource(`CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'x')`);
  await query(`
    CREATE FUNCTION keep_out() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ask the owner'; END $$;
    CREATE EVENT TRIGGER keep_out ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION keep_out()`);
  const move = ['transfer', '--source', 'app.db', '--create-tables'];
  const refused = await mover(move);
  expect(refused).toMatchObject({ code: 4 });
  expect(refused.stderr).toMatch(
    /the event trigger keep_out \(function keep_out\(\)\) refuses a statement of this command \("ask the owner"\): let its owner/,
  );
  await query(/ALTER EVENT TRIGGER .*? DISABLE/.exec(refused.stderr)?.[0] ?? '');
  expect(await mover(move)).toMatchObject({ code: 0 });
});
