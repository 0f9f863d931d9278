import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '@vatevo/local-postgres';
import { startProgram } from '@vatevo/test-kit/program';
import { expect, it, onTestFinished } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
const script = path.join(root, 'scripts/dev.mjs');

/** Each starts turbo, a watcher and the API. */
const LONG = process.env.VATEVO_TEST_LONG === '1';

it.each([
  ['SQLite', []],
  ...(LONG ? [['a PostgreSQL of its own', ['--postgres']] as [string, string[]]] : []),
])(
  'pnpm dev serves sample rows from %s, and leaves nothing running',
  { timeout: 240_000 },
  async (_, args) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'vatevo-dev-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const port = await freePort();
    const dev = startProgram(process.execPath, [script, ...args], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        // As the default is: from the root, whoever reads it.
        DATABASE_URL: `file:${path.relative(root, folder)}/dev.db`,
        VATEVO_DEV_FOLDER: path.join(folder, 'postgres'),
        PORT: `${port}`,
      },
    });
    try {
      await Promise.race([
        expect.poll(() => invoices(port), { timeout: 200_000 }).toHaveLength(3),
        dev.ended.then(({ stdout, stderr }) => Promise.reject(new Error(`it ended: ${stdout}${stderr}`))),
      ]);
    } finally {
      dev.child.kill('SIGTERM');
      await dev.ended;
    }
    expect(await invoices(port)).toBeUndefined();
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(folder);
  },
);

async function invoices(port: number): Promise<unknown[] | undefined> {
  const response = await fetch(`http://127.0.0.1:${port}/invoices`, {
    headers: { authorization: 'Bearer vat_development', connection: 'close' },
  }).catch(() => undefined);
  return response?.status === 200 ? ((await response.json()) as unknown[]) : undefined;
}
