import { execFile } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createTestDatabase } from '@vatevo/db/testing';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiProcesses } from './support/api-process.ts';

/** What an image of the API may take for it, in MB. */
const MAX_MEGABYTES = 130;

const installed = mkdtempSync(path.join(tmpdir(), 'vatevo-api-install-'));
const processes = new ApiProcesses(path.join(installed, 'dist/main.js'));

beforeAll(async () => {
  const args = ['deploy', '--prod', '--prefer-offline', '--filter', '@vatevo/api', installed];
  const { npm_config_user_agent: _, ...env } = process.env;
  await promisify(execFile)('pnpm', args, { cwd: path.resolve(import.meta.dirname, '../../..'), env });
});
afterAll(async () => {
  await processes.end();
  rmSync(installed, { recursive: true, force: true });
});

/** What the files take on the disk; links are not followed. */
function bytesOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const name = path.join(folder, entry.name);
    return sum + (entry.isDirectory() ? bytesOf(name) : lstatSync(name).blocks * 512);
  }, 0);
}

it('is small, and holds no tool that changes a schema', () => {
  const size = Math.ceil(bytesOf(installed) / 1e6);
  console.log(`The API's production install takes ${size} MB of at most ${MAX_MEGABYTES}.`);
  expect(size).toBeLessThanOrEqual(MAX_MEGABYTES);
  const packages = readdirSync(path.join(installed, 'node_modules/.pnpm'));
  expect(
    packages.filter((name) => /schema-engine|pglite|studio|^react|^prisma@|@prisma.client@/.test(name)),
  ).toEqual([]);
  expect(packages.some((name) => name.startsWith('@prisma+adapter-pg@'))).toBe(true);
});

it('serves from PostgreSQL and from a file', async () => {
  const database = await createTestDatabase({ postgres: await testServerUrl() });
  for (const env of [database.env, { DATABASE_URL: 'file:vatevo.db' }]) {
    const api = await processes.start(env);
    const client = await api.client();
    await api.logged('ready to serve');
    const created = await client.post('/tenants', { body: { name: 'small' } });
    expect(created.status).toBe(200);
    const read = await client.get('/tenants/me', { key: created.body.api_key });
    expect(read.body).toMatchObject({ name: 'small' });
  }
  await processes.end();
  await database.drop();
});
