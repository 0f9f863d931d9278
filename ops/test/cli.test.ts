import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { blackHole } from '@vatevo/test-kit/silent-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, start } from './support/run-script.ts';

const launcher = join(root, 'ops/bin/vatevo-ops.mjs');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vatevo-ops-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the command line', () => {
  it('exits 2 on wrong usage, through the root script too', async () => {
    const args = ['run', '--silent', 'ops:prepare-postgres', '--', '-t', 'soon'];
    const outcome = await start('npm', args).ended;
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain("option '-t, --timeout <seconds>' argument 'soon' is invalid");
    expect((await start('node', [launcher, 'no-such-command']).ended).code).toBe(2);
    expect((await start('node', [launcher]).ended).code).toBe(2);
  });

  it('exits 0 for help', async () => {
    const outcome = await start('node', [launcher, 'prepare-postgres', '--help']).ended;
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toContain('--timeout <seconds>');
  });

  it('loads no engine and no driver before a command runs', async () => {
    const hooks = join(folder, 'hooks.mjs');
    await writeFile(
      hooks,
      `export function resolve(name, context, next) {
        if (/^(pg|better-sqlite3|@vatevo\\/(?!(shell|mover)$)[a-z-]+)$/.test(name)) throw new Error('loaded too early: ' + name);
        return next(name, context);
      }`,
    );
    const preload = `import { register } from 'node:module'; register(${JSON.stringify(pathToFileURL(hooks))});`;
    const args = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`, launcher];
    expect(await start('node', [...args, '--help']).ended).toMatchObject({ code: 0, stderr: '' });
    const early = await start('node', [...args, 'prepare-postgres']).ended;
    expect(early.stderr).toContain('loaded too early');
  });

  it('answers wrong usage with one JSON object where JSON was asked for, and hides passwords', async () => {
    const typo = '--urk=postgresql://me:s3cret@host/db';
    const outcome = await start('node', [launcher, 'check-connection', typo, '--json']).ended;
    expect(outcome.code).toBe(2);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ ok: false, exitCode: 2 });
    expect(outcome.stdout + outcome.stderr).not.toContain('s3cret');
  });

  it('says what to do where it is not built', async () => {
    const bin = join(folder, 'clone/ops/bin');
    await mkdir(bin, { recursive: true });
    await copyFile(launcher, join(bin, 'vatevo-ops.mjs'));
    const outcome = await start('node', [join(bin, 'vatevo-ops.mjs'), 'prepare-postgres']).ended;
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain('run "pnpm install" and "pnpm build"');
  });

  it('works under its old names, from any folder and through a link', async () => {
    const link = join(folder, 'prepare');
    await symlink(join(root, 'ops/db/prepare_postgres.sh'), link);
    for (const script of [link, join(root, 'ops/db/check_connection.sh')]) {
      const outcome = await start(script, [], { cwd: folder }).ended;
      expect(outcome).toMatchObject({ code: 2, stdout: '' });
      expect(outcome.stderr).toContain('POSTGRES_URL');
    }
  });

  it('reads .env in the working directory, but a variable that is set wins', async () => {
    await writeFile(join(folder, '.env'), 'POSTGRES_URL=mysql://from-the-file/db\n');
    const fromFile = await start('node', [launcher, 'prepare-postgres'], { cwd: folder }).ended;
    expect(fromFile.code).toBe(2);
    const set = { cwd: folder, env: { POSTGRES_URL: '' } };
    const fromEnvironment = await start('node', [launcher, 'prepare-postgres'], set).ended;
    expect(fromEnvironment.code).toBe(2);
    expect(fromEnvironment.stderr).not.toEqual(fromFile.stderr);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends on %s with exit code %i', async (signal, code) => {
    const server = await blackHole();
    try {
      const url = `postgresql://me:s3cret@127.0.0.1:${server.port}/db`;
      const running = start('node', [launcher, 'prepare-postgres', '-t', '1000'], {
        env: { POSTGRES_URL: url },
      });
      await server.accepted;
      running.child.kill(signal);
      const outcome = await running.ended;
      expect(outcome).toMatchObject({ code, signal: null, stderr: `error: Stopped by ${signal}.\n` });
    } finally {
      await server.close();
    }
  });

  it('tells a script about the signal in JSON as well', async () => {
    const server = await blackHole();
    try {
      const url = `postgresql://me:s3cret@127.0.0.1:${server.port}/db`;
      const args = [launcher, 'prepare-postgres', '-t', '1000', '--json'];
      const running = start('node', args, { env: { POSTGRES_URL: url } });
      await server.accepted;
      running.child.kill('SIGTERM');
      const outcome = await running.ended;
      expect(outcome.code).toBe(143);
      expect(JSON.parse(outcome.stdout)).toMatchObject({ ok: false, error: { kind: 'Interrupted' } });
    } finally {
      await server.close();
    }
  });
});
