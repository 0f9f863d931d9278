import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type TestDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../../scripts/pack-mover.mjs', import.meta.url));
/** Compiling SQLite takes minutes of a processor. */
const isLong = process.env.VATEVO_TEST_LONG !== undefined;

let folder: string;
let database: TestDatabase;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vatevo-pack-'));
  database = await testDatabase();
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

it('installs into an empty folder, and moves a file from there', { timeout: 900_000 }, async () => {
  const tarball = execFileSync(process.execPath, [script, folder], { encoding: 'utf8' }).trim();
  const place = join(folder, 'place');
  mkdirSync(place);
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball];
  await promisify(execFile)('npm', isLong ? install : [...install, '--ignore-scripts'], { cwd: place });
  if (!isLong) {
    // The very version is built for the tests already.
    const built = join('build', 'Release');
    const own = dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'));
    cpSync(join(own, built), join(place, 'node_modules', 'better-sqlite3', built), { recursive: true });
  }
  const db = new Database(join(place, 'app.db'));
  db.exec(`CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y')`);
  db.close();
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, POSTGRES_URL: database.url };
  const run = (...args: string[]) =>
    promisify(execFile)('node_modules/.bin/mover', [...args, '--source', 'app.db'], { cwd: place, env });
  const npx = ['--no-install', 'mover', 'inspect', '--source', 'app.db'];
  const refused = await promisify(execFile)('npx', npx, { cwd: place, env }).catch(
    (error: { stderr: string }) => error,
  );
  expect(refused.stderr).toContain('or with npx mover transfer --create-tables.');
  expect(await run('transfer', '--create-tables')).toMatchObject({ stderr: '' });
  expect((await run('inspect')).stdout).toContain('Every value fits the target.');
  // Prisma's parser and engine are WebAssembly, and of npm.
  writeFileSync(
    join(place, 'schema.prisma'),
    `datasource db {\n  provider = "sqlite"\n}\n\nmodel t {\n  id Int @id\n  v String?\n}\n`,
  );
  await run('prisma', '--schema', 'schema.prisma', '--files-only');
  expect(readFileSync(join(place, 'postgresql/migrations/0_init/migration.sql'), 'utf8')).toContain(
    'CREATE TABLE "t"',
  );
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    expect((await client.query('SELECT v FROM t ORDER BY id')).rows).toEqual([{ v: 'x' }, { v: 'y' }]);
  } finally {
    await client.end();
  }
});
