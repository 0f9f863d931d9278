import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parsePostgresUrl } from '@vatevo/connection';
import { freePort } from '@vatevo/local-postgres';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import { callProgram } from '@vatevo/shell';
import { describe, expect, it, onTestFinished } from 'vitest';
import { database } from '../../src/program.ts';
import { createTestDatabase, makeTenant } from '../../src/testing/index.ts';
import { start } from '../support/release.ts';

const launcher = fileURLToPath(new URL('../../bin/vatevo-db.mjs', import.meta.url));

/** Found nowhere else, so that a search for it in any output is a proof. */
const KEY = 'vat_development';

const command = (args: readonly string[], env: Readonly<Record<string, string>>) =>
  callProgram(database, args, env);

/** Prisma Studio takes four seconds of the processor to start, and a file has no password. */
const LONG = process.env.VATEVO_TEST_LONG === '1';

const databases = [
  { name: 'SQLite', server: async () => undefined },
  { name: 'PostgreSQL', server: () => testServerUrl() },
];

describe.each(databases)('db:seed and db:reset on $name', ({ server }) => {
  it('put sample rows in once, and make the database as new when it is named', async () => {
    const { env, db, drop } = await createTestDatabase({ postgres: await server() });
    onTestFinished(drop);
    expect(await command(['seed'], env)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`The API takes the key ${KEY}`),
    });
    expect(await command(['seed', '--json'], env)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"added":0'),
    });
    expect(await db.invoice.count()).toBe(3);
    await makeTenant(db, { name: 'Of the developer' });

    const refused = await command(['reset'], env);
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('Nothing was done') });
    expect(await db.tenant.count()).toBe(2);
    // What the message recommends.
    const [, name] = /VATEVO_CONFIRM_ERASE=(\S+)/.exec(refused.stderr) ?? [];
    expect(await command(['reset'], { ...env, VATEVO_CONFIRM_ERASE: String(name) })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('3 sample invoices added'),
    });
    expect(await db.tenant.findMany({ select: { name: true } })).toEqual([{ name: 'Sample tenant' }]);
  });

  it('are refused in production', async () => {
    const { env, db, drop } = await createTestDatabase({ postgres: await server() });
    onTestFinished(drop);
    for (const name of ['seed', 'reset']) {
      const { code, stderr } = await command([name], { ...env, NODE_ENV: 'production' });
      expect({ name, code }).toEqual({ name, code: 4 });
      expect(stderr).toContain('runs in development and test only');
    }
    expect(await db.tenant.count()).toBe(0);
  });
});

it('db:seed says what to do where migrations are missing', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'vatevo-seed-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  expect(await command(['seed'], { DATABASE_URL: `file:${folder}/new.db` })).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('pnpm db:deploy'),
  });
});

describe('db:studio', () => {
  it.each(databases.filter(({ name }) => LONG || name === 'PostgreSQL'))(
    'shows the rows of $name, with no password in its arguments',
    async ({ server }) => {
      const postgres = await server();
      const { env, db, drop } = await createTestDatabase({ postgres });
      onTestFinished(drop);
      await makeTenant(db);
      const port = await freePort();
      const args = [launcher, 'studio', '--port', `${port}`, '--browser', 'none'];
      const studio = start(process.execPath, args, tmpdir(), env);
      let listed = '';
      try {
        await expect.poll(() => count(port)).toBe(1);
        listed = (await start('ps', ['-eo', 'args'], tmpdir(), {}).ended).stdout;
      } finally {
        studio.child.kill('SIGTERM');
      }
      const { stdout, stderr } = await studio.ended;
      const password = (postgres && parsePostgresUrl(postgres).password) || 'none';
      const ofStudio = listed.split('\n').filter((line) => line.includes(`--port ${port}`));
      expect(ofStudio.length).toBeGreaterThan(1);
      expect(stdout + stderr + ofStudio.join()).not.toContain(`:${password}@`);
    },
  );

  it.each([
    [{ DATABASE_URL: 'file:/nowhere/app.db' }, 4, 'There is no /nowhere/app.db'],
    [{ POSTGRES_URL: 'postgresql://a:b@one,two/c' }, 2, 'Prisma Studio cannot connect with several hosts'],
  ])('says what it cannot show: %o', async (env, code, said) => {
    expect(await command(['studio'], env as Record<string, string>)).toMatchObject({
      code,
      stderr: expect.stringContaining(said),
    });
  });
});

/** Tenants, as Studio's own page asks for them. */
async function count(port: number): Promise<number | undefined> {
  const response = await fetch(`http://127.0.0.1:${port}/bff`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      procedure: 'query',
      query: { sql: 'SELECT count(*) AS count FROM tenants', parameters: [] },
    }),
  }).catch(() => undefined);
  if (response === undefined) return undefined;
  const [, rows] = (await response.json()) as [unknown, { count: number | string }[]];
  return Number(rows?.[0]?.count);
}
