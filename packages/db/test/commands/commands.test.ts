import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { callProgram } from '@vatevo/shell';
import { describe, expect, it, onTestFinished } from 'vitest';
import { database } from '../../src/program.ts';
import { Release, start } from '../support/release.ts';
import { emptyPostgres, query } from '../support/sql.ts';

/** A process costs half a second of the processor, one that checks or makes migrations six. */
const LONG = process.env.VATEVO_TEST_LONG === '1';

const INIT = '20260101000000_init';
const repository = fileURLToPath(new URL('../../../..', import.meta.url));
const launcher = path.join(repository, 'packages/db/bin/vatevo-db.mjs');

/** Found nowhere else, so that a search for it in any output is a proof. */
const PASSWORD = 'hunter2-zq7';

/** A root script as people call it; one of a kind is enough, as npm takes longer than the command. */
const script = (name: string, env: Record<string, string>, ...args: string[]) =>
  start('npm', ['run', '--silent', name, '--', ...args], repository, env).ended;

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vatevo-command-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A process in a folder of its own, so that no .env of the developer counts. */
async function processOf(args: readonly string[], env: Record<string, string> = {}, envFile?: string) {
  const folder = await newFolder();
  if (envFile !== undefined) await writeFile(path.join(folder, '.env'), envFile);
  const outcome = await start(process.execPath, [launcher, ...args], folder, env).ended;
  return { ...outcome, folder };
}

/** The same command, without the process. */
async function command(args: readonly string[], env: Record<string, string> = {}) {
  const folder = await newFolder();
  return { ...(await callProgram(database, args, { INIT_CWD: folder, ...env })), folder };
}

describe('db:deploy, db:status and db:history', () => {
  it('tell the whole story of a database, with exit codes that scripts can go by', async () => {
    const { url, target } = await emptyPostgres();
    const env = { POSTGRES_URL: url };
    const before = await script('db:status', env);
    expect(before).toMatchObject({ code: 4, stdout: expect.stringContaining(`✗ ${INIT}: pending`) });
    expect(await script('db:deploy', env)).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining(`✓ applied ${INIT}`),
    });
    expect(await command(['deploy'], env)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing to do'),
    });
    expect(await command(['status'], env)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('The database is up to date.'),
    });
    expect((await command(['history'], env)).stdout).toMatch(/20260101000000_init {2}applied \d{4}-/);

    await query(target, 'ALTER TABLE tenants DROP CONSTRAINT tenants_api_key_prefix_check');
    expect(await command(['status'], env)).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('Missing constraint tenants.tenants_api_key_prefix_check'),
    });
    await query(target, `UPDATE _prisma_migrations SET migration_name = '29990101000000_from_the_future'`);
    const newer = await command(['deploy'], env);
    expect(newer).toMatchObject({ code: 4, stderr: expect.stringContaining('Deploy that release') });
    expect((await command(['history'], env)).stdout).toContain('unknown to this release');
  });

  it('work on a SQLite file where the user is when POSTGRES_URL is unset or empty', async () => {
    for (const run of LONG ? [processOf, command] : [command]) {
      const unset: Record<string, string> = run === command ? { POSTGRES_URL: '' } : {};
      const { folder, ...deployed } = await run(['deploy'], { ...unset, DATABASE_URL: 'file:./app.db' });
      expect(deployed).toMatchObject({ code: 0, stderr: '' });
      expect((await readFile(path.join(folder, 'app.db'))).subarray(0, 6).toString()).toBe('SQLite');
    }
  });

  it.each([
    ['SQLite in production', { VATEVO_ENV: 'production' }, 2, /POSTGRES_URL is not set/],
    ['no URL', { POSTGRES_URL: `nonsense ${PASSWORD}` }, 2, /POSTGRES_URL is not a PostgreSQL URL/],
    ['no database', { POSTGRES_URL: `postgresql://me:${PASSWORD}@127.0.0.1` }, 2, /names no database/],
    [
      'a closed port',
      { POSTGRES_URL: `postgresql://me:${PASSWORD}@127.0.0.1:1/db` },
      3,
      /No PostgreSQL server answers/,
    ],
    ['no SQLite file', { DATABASE_URL: `file:${launcher}` }, 3, /file is not a database/],
  ])('exit as documented for %s, in one sentence without the password', async (_, env, code, sentence) => {
    for (const name of ['deploy', 'status', 'history']) {
      const outcome = await command([name], env as Record<string, string>);
      expect({ name, code: outcome.code, stderr: outcome.stderr }).toEqual({
        name,
        code,
        stderr: expect.stringMatching(sentence),
      });
      expect(outcome.stderr).toMatch(/^error: [^\n]*\n$/);
      expect(outcome.stdout + outcome.stderr).not.toContain('zq7');
    }
  });

  it('exit 3 for a wrong password and a missing database, 4 where a right is missing', async () => {
    const { url, target } = await emptyPostgres();
    const wrong = new URL(url);
    wrong.password = PASSWORD;
    const login = await processOf(['deploy'], { POSTGRES_URL: wrong.href });
    expect(login).toMatchObject({ code: 3, stderr: expect.stringMatching(/turned the login down/) });
    expect(login.stdout + login.stderr).not.toContain('zq7');

    const nowhere = new URL(url);
    nowhere.pathname = '/nowhere';
    expect(await command(['status'], { POSTGRES_URL: nowhere.href })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('no database "nowhere"'),
    });

    const role = `app_${target.database}`;
    await query(target, `CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
    const asApp = new URL(url);
    asApp.username = role;
    asApp.password = PASSWORD;
    const refused = await command(['deploy'], { POSTGRES_URL: asApp.href });
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('permission denied') });
    expect(refused.stderr).not.toMatch(/^\s+at /m);
    await query(target, `DROP ROLE ${role}`);
  });

  it('list the release’s migrations in db:history even without a connection', async () => {
    const outcome = await processOf(['history'], { POSTGRES_URL: 'postgresql://me@127.0.0.1:1/db' });
    expect(outcome.code).toBe(3);
    expect(outcome.stdout).toContain(`\n${INIT}\n`);
  });

  it('read .env, where a variable that is set wins', async () => {
    const file = 'DATABASE_URL=file:./from-file.db\n';
    const read = await processOf(['deploy'], {}, file);
    expect(read.stdout).toContain('from-file.db');
    const set = await processOf(['deploy'], { DATABASE_URL: 'file:./from-environment.db' }, file);
    expect(set.stdout).toContain('from-environment.db');
  });

  it('exit 2 for arguments that they do not know, and 0 for help', async () => {
    for (const name of ['deploy', 'status', 'history', 'check']) {
      expect(await command([name, 'now'])).toMatchObject({ code: 2, stdout: '' });
      expect(await command([name, '--help'])).toMatchObject({ code: 0, stderr: '' });
    }
    expect(await processOf(['undo'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("unknown command 'undo'"),
    });
  });
});

describe('db:check, db:migrate and prisma', () => {
  it('exit 4 naming the field that a model has and no migration makes, until one is made', async () => {
    const release = await Release.copy();
    const schema = path.join(release.folder, 'prisma/postgres/schema.prisma');
    const text = await readFile(schema, 'utf8');
    await writeFile(schema, text.replace('model Tenant {\n', 'model Tenant {\n  city String?\n'));
    const found = await release.run(['check']);
    expect(found).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('`city`') });

    const { database: ofRelease } = await release.program();
    const run = async (args: readonly string[]) =>
      LONG ? release.run(args) : callProgram(ofRelease, args, { INIT_CWD: release.folder });
    expect(await run(['migrate', '--name', 'add_city'])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('_add_city/migration.sql'),
    });
    // As a process it has said so of this release itself: `db:check` of `npm test`.
    if (LONG) expect(await run(['check'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('exit 2 for wrong usage of db:migrate', async () => {
    for (const args of [
      [],
      ['--name', 'Bad Name'],
      ['--record', '--name', 'x'],
      ['--record', '--empty'],
      ['--nome', 'x'],
    ]) {
      const outcome = await command(['migrate', ...args]);
      expect(outcome).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/^error: [^\n]+\n.*Add --help to list the options\.\n$/s),
      });
    }
    expect(await script('db:migrate', {}, '--help')).toMatchObject({ code: 0, stderr: '' });
  });

  it('end with the Prisma CLI’s own exit code, and show no password', async () => {
    const { url } = await emptyPostgres();
    const deployed = await script('prisma', { POSTGRES_URL: url }, 'migrate', 'deploy');
    expect(deployed).toMatchObject({ code: 0 });
    if (!LONG) return;
    const closed = await processOf(['prisma', 'migrate', 'status'], {
      POSTGRES_URL: `postgresql://me:${PASSWORD}@127.0.0.1:1/db`,
    });
    expect(closed).toMatchObject({ code: 1, stderr: expect.stringContaining('P1001') });
    expect(closed.stdout + closed.stderr).not.toContain('zq7');
  });

  it('say what to do where nothing is built', async () => {
    const release = await Release.copy();
    await rm(path.join(release.folder, 'dist'), { recursive: true });
    expect(await release.run(['deploy'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: .*not built yet: run "pnpm install" and "pnpm build"/),
    });
  });
});
