import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import { blackHole, closedPort } from '@vatevo/test-kit/silent-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from './support/call.ts';
import { commandLinesWith, type Outcome, runScript } from './support/run-script.ts';
import { sql, variant } from './support/sql.ts';

const SCRIPT = 'ops:check-connection';
/** Found nowhere else, so that a search for it in any output is a proof. */
const PASSWORD = 'open-sesame-vn3';

let folder: string;
let database: Awaited<ReturnType<typeof testDatabase>>;
const role = `checked_${process.pid}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vatevo-environments-'));
  database = await testDatabase();
  await sql(database.url, `CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
});
afterAll(async () => {
  await sql(database.url, `DROP ROLE ${role}`);
  await database.drop();
  await rm(folder, { recursive: true });
});

/** Writes an environment's file and gives its path. */
async function environment(name: string, variables: Record<string, string>): Promise<string> {
  const file = join(folder, `${name}.env`);
  await writeFile(
    file,
    Object.entries(variables)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  return file;
}

const works = () => variant(database.url, { user: role, password: PASSWORD });
const unreachable = async () => `postgresql://app:${PASSWORD}@127.0.0.1:${await closedPort()}/x`;

function row(outcome: Outcome, file: string): string {
  return outcome.stdout.split('\n').find((line) => line.includes(file)) ?? '';
}

describe('checking environments', () => {
  it('shows all of them in one table, and exits with the code of the worst', async () => {
    const staging = await environment('staging', { VATEVO_ENV: 'staging', POSTGRES_URL: works() });
    const production = await environment('production', {
      VATEVO_ENV: 'production',
      POSTGRES_URL: await unreachable(),
    });
    const wrong = await environment('wrong', { VATEVO_ENV: 'test', DB_POOL_SIZE: PASSWORD });
    const missing = join(folder, 'missing.env');
    const args = ['--env-file', staging, production, '--env-file', wrong, '--env-file', missing];
    let outcome!: Outcome;
    const seen = await commandLinesWith('vn3', async () => {
      outcome = await runScript(SCRIPT, args, { POSTGRES_URL: 'not even a URL' });
    });
    expect(outcome.code).toBe(3);
    expect(row(outcome, staging)).toMatch(
      /^ +staging .*works +postgresql:.*sslmode=prefer.*not used +PostgreSQL \d+.* ms +never prepared/,
    );
    expect(row(outcome, production)).toMatch(/^ +production .*no connection +postgresql:.*sslmode=require/);
    expect(row(outcome, wrong)).toMatch(/^ +test .*misconfigured/);
    expect(row(outcome, missing)).toMatch(/misconfigured/);
    expect(outcome.stderr).toMatch(/^error: 3 of 4 environments cannot be used as they are\.$/m);
    expect(outcome.stderr).toContain(`${production}: No PostgreSQL server answers`);
    expect(outcome.stderr).toContain(`${wrong}: DB_POOL_SIZE has a value that cannot be used`);
    expect(outcome.stderr).toContain(`${missing}: The file cannot be read (ENOENT)`);
    expect(outcome.stdout + outcome.stderr).not.toContain('vn3');
    expect(seen).toEqual([]);
  });

  it('answers in JSON with what each check alone would say, and exits 0 when all work', async () => {
    const file = join(folder, 'vatevo.db');
    const development = await environment('development', { DATABASE_URL: `file:${file}` });
    const staging = await environment('staging', { VATEVO_ENV: 'staging', POSTGRES_URL: works() });
    const before = await call(['check-connection', '--json', '--env-file', development, staging], {});
    expect(before.code).toBe(3);
    expect(JSON.parse(before.stdout)).toMatchObject({
      ok: false,
      environments: [
        { file: development, exitCode: 3 },
        { file: staging, exitCode: 0 },
      ],
    });
    expect(before.stderr).toContain('There is no SQLite file');

    await writeFile(file, '');
    const outcome = await call(['check-connection', '--json', '--env-file', development, staging], {});
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      ok: true,
      environments: [
        { environment: 'development', exitCode: 0, migrations: { state: 'none' } },
        { environment: 'staging', exitCode: 0, role: { name: role }, tls: { used: false } },
      ],
    });
    expect(outcome.stdout).not.toContain('vn3');
  });

  it('uses nothing of this shell: neither its URL nor its password', async () => {
    const open = variant(works(), { password: '' });
    const without = await environment('without', { POSTGRES_URL: open });
    const shell = { POSTGRES_URL: works(), PGPASSWORD: PASSWORD, DB_SSL_MODE: 'verify-full' };
    const refused = await runScript(SCRIPT, ['--env-file', without], shell);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('turned the login down');
    const own = await environment('own', { POSTGRES_URL: open, PGPASSWORD: PASSWORD });
    expect((await runScript(SCRIPT, ['--env-file', own], {})).code).toBe(0);
    // No URL of its own, so no server is asked.
    const none = await environment('none', { VATEVO_ENV: 'production' });
    const outcome = await runScript(SCRIPT, ['--env-file', none], shell);
    expect([outcome.code, outcome.stderr]).toEqual([2, expect.stringContaining('POSTGRES_URL is not set')]);
  });

  it('does not wait for one that never answers, and is no other way of giving a URL', async () => {
    const hole = await blackHole();
    try {
      const silent = await environment('silent', { POSTGRES_URL: `postgresql://a@127.0.0.1:${hole.port}/x` });
      const staging = await environment('staging', { POSTGRES_URL: works() });
      const outcome = await call(
        ['check-connection', '-t', '2', '--env-file', silent, '--env-file', staging],
        {},
      );
      expect([outcome.code, row(outcome, staging)]).toEqual([3, expect.stringContaining('works')]);
      expect(outcome.stderr).toContain('did not answer in time');
      const both = await call(['check-connection', '--env-file', staging, '--url-env', 'X'], {});
      expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('cannot be used with')]);
    } finally {
      await hole.close();
    }
  });
});
