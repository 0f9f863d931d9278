import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { closedPort } from '@vatevo/test-kit/silent-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Builder } from './support/build.ts';
import { readDockerfile, stageNamed } from './support/dockerfile.ts';
import { text } from './support/files.ts';

const stages = readDockerfile(text('Dockerfile'));
const api = stageNamed(stages, 'api');
const ops = stageNamed(stages, 'ops');
const LONG = process.env.VATEVO_TEST_LONG === '1';
const MINUTES = 60_000;

/** It installs everything from the registry twice, builds all of it and compiles SQLite: that takes minutes. */
describe.runIf(LONG)('the steps of the Dockerfile, in an empty folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-images-'));
  const builder = new Builder(stages, folder);
  let server: LocalPostgres;
  let database: Record<string, string>;

  beforeAll(async () => {
    for (const stage of [ops, api]) {
      const at = builder.build(stage);
      // The root file system of an image is read-only for who runs in it.
      execFileSync('chmod', ['-R', 'a-w', join(at, 'srv')]);
    }
    for (const step of builder.notRun) console.log(`Not run, for want of an image of Debian: ${step}`);
    server = await startLocalPostgres();
    const url = new URL(await server.createDatabase('vatevo'));
    const secret = join(folder, 'postgres-password');
    writeFileSync(secret, `${decodeURIComponent(url.password)}\n`, { mode: 0o644 });
    url.password = '';
    database = { POSTGRES_URL: url.href, POSTGRES_PASSWORD_FILE: secret, DB_SSL_MODE: 'disable' };
  }, 30 * MINUTES);
  afterAll(async () => {
    await server?.dispose();
    execFileSync('chmod', ['-R', 'u+w', folder]);
    execFileSync('rm', ['-rf', folder]);
  }, 5 * MINUTES);

  it('leave out the package manager of Debian alone', () => {
    expect(builder.notRun).toHaveLength(1);
    expect(builder.notRun[0]).toContain('g++');
  });

  it('make an image whose job prepares a database', () => {
    const [program = '', ...args] = ops.entrypoint ?? [];
    const job = builder.processIn(ops, database);
    const done = spawnSync(program, [...args, 'prepare-postgres'], { ...job, encoding: 'utf8' });
    expect([done.status, done.stderr]).toEqual([0, expect.any(String)]);
    expect(done.stdout).toContain('Ready: ');
    const help = spawnSync(program, [...args, ...(ops.command ?? [])], { ...job, encoding: 'utf8' });
    expect([help.status, help.stdout]).toEqual([0, expect.stringContaining('prepare-postgres')]);
  });

  it('make an image that serves, says that it is healthy, and ends at SIGTERM', async () => {
    const PORT = String(await closedPort());
    const place = builder.processIn(api, { ...database, PORT });
    const [program = '', ...args] = api.command ?? [];
    const child = spawn(program, args, { ...place, stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    let log = '';
    child.stdout.on('data', (chunk) => {
      log += chunk;
    });
    await expect.poll(() => log, { timeout: MINUTES }).toContain('ready to serve data');

    const ask = (path: string) => fetch(`http://127.0.0.1:${PORT}${path}`);
    expect(await (await ask('/health')).json()).toEqual({ status: 'ok' });
    expect(await (await ask('/health/db')).json()).toEqual({ status: 'ok', database: 'connected' });

    const [checker = '', ...question] = api.healthcheck ?? [];
    expect(spawnSync(checker, question, place).status).toBe(0);
    child.kill('SIGTERM');
    expect((await exited)[0]).toBe(0);
    expect(spawnSync(checker, question, place).status).toBe(1);
    expect(existsSync(join(place.cwd, 'LICENSE'))).toBe(true);
  });
});
