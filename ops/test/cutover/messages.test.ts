import { copyFileSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import { hasPgBouncer, PGBOUNCER, startPgBouncer } from '@vatevo/test-kit/debian';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root, start } from '../support/run-script.ts';
import { variant } from '../support/sql.ts';
import { callOps } from '../transfer/support/command.ts';
import { expectDone, MoveBench } from './support/move.ts';

/*
 * What a tired engineer is told, and that it leads on.
 */

let bench: MoveBench;
beforeAll(async () => {
  bench = await MoveBench.open();
});
afterAll(() => bench.close());

const cutover = (step: string, file: string, url: string, ...more: string[]) =>
  callOps('cutover', [step, '--source', file, ...more], url);
const status = async (file: string, url: string) => (await cutover('status', file, url)).stdout;

function execute(file: string, sql: string): void {
  const db = new Database(file);
  db.exec(sql);
  db.close();
}

it('sees in the status that a move cannot go on, or that it can', async () => {
  const url = await bench.targets.create();
  const file = bench.source();
  await expectDone('start', file, url);
  execute(file, 'VACUUM');
  expect(await status(file, url)).toContain('Next: pnpm ops:cutover finish');

  execute(file, 'CREATE TABLE extra (id INTEGER PRIMARY KEY)');
  expect(await status(file, url)).toMatch(/table extra was created.*ops:cutover abort, then start again/s);
  execute(file, 'DROP TABLE extra');
  expect(await status(file, url)).toContain('Next: pnpm ops:cutover finish');

  copyFileSync(file, `${file}.restored`);
  renameSync(`${file}.restored`, file);
  expect(await status(file, url)).toMatch(/it was replaced.*ops:cutover abort, then start again/s);
  // What it says works.
  await expectDone('abort', file, url);
  expect(await status(file, url)).toContain('Next: pnpm ops:cutover start');
}, 120_000);

it('never leads from a wrong address to the end of a good move', async () => {
  const [url, other] = [await bench.targets.create(), await bench.targets.create()];
  const file = bench.source();
  await expectDone('start', file, url);
  // Another database.
  for (const step of ['start', 'abort']) {
    const { code, stderr } = await cutover(step, file, other);
    expect({ step, code }).toEqual({ step, code: 4 });
    expect(stderr).toMatch(/knows nothing of.*check POSTGRES_URL/s);
  }
  // Another file, of the same name even.
  const folder = join(bench.folder, 'elsewhere');
  mkdirSync(folder);
  const copy = join(folder, basename(file));
  copyFileSync(bench.source(), copy);
  for (const step of ['start', 'finish', 'abort']) {
    const { code, stderr } = await cutover(step, copy, url);
    expect({ step, code }).toEqual({ step, code: 4 });
    expect(stderr).toContain(file);
  }
  expect(await status(copy, url)).toContain(file);
  // Neither takes part in any move.
  expect(await cutover('abort', copy, other)).toMatchObject({ code: 0 });
  await expectDone('finish', file, url);
}, 120_000);

it('says where the service is, after a failback from the legacy format', async () => {
  const url = await bench.targets.create();
  const legacy = bench.source();
  await expectDone('start', legacy, url);
  await expectDone('finish', legacy, url);
  const away = new URL(url);
  away.port = '1';
  const alone = await cutover('status', legacy, away.href);
  expect(alone).toMatchObject({ code: 3 });
  expect(alone.stdout).toMatch(/takes no writes/);
  const unnamed = await cutover('status', legacy, '');
  expect(unnamed).toMatchObject({ code: 2, stdout: expect.stringContaining('takes no writes') });
  expect(await cutover('status', `${legacy}.none`, '')).toMatchObject({ code: 2 });

  const refused = await callOps('rollback', ['--to', legacy], url);
  expect(refused).toMatchObject({ code: 4 });
  expect(refused.stderr).toContain('a path at which there is no file yet');
  await expectDone('rollback', `${legacy}.own`, url);
  for (const step of ['start', 'finish', 'abort']) {
    const { code, stderr } = await cutover(step, legacy, url);
    expect({ step, code }).toEqual({ step, code: 4 });
    expect(stderr).toMatch(/failed back to another file/);
  }
  expect(await status(legacy, url)).toMatch(/failed back to another file/);
  expect(await status(`${legacy}.own`, url)).toContain('Next: pnpm ops:cutover start');
}, 120_000);

it('inspects a file that takes part in a move', async () => {
  const [url, other] = [await bench.targets.create(), await bench.targets.create()];
  const file = bench.source();
  await expectDone('start', file, url);
  for (const target of [url, other]) {
    expect(await callOps('inspect', ['--source', file], target)).toMatchObject({ code: 0 });
  }
}, 120_000);

it('says that too few files may be open', async () => {
  const url = await bench.targets.create();
  const file = bench.source();
  for (const most of [30, 60]) {
    const command = [
      process.execPath,
      join(root, 'ops/bin/vatevo-ops.mjs'),
      'cutover',
      'start',
      '--source',
      file,
    ];
    const { code, stderr } = await start('sh', ['-c', `ulimit -n ${most}; exec "$@"`, 'sh', ...command], {
      env: { POSTGRES_URL: url },
    }).ended;
    expect({ most, code }).toEqual({ most, code: 2 });
    expect(stderr).toMatch(/files open.*ulimit -n/s);
  }
  expect(await status(file, url)).toContain('Next: pnpm ops:cutover start');
}, 120_000);

/** @returns the name of the backup's folder */
async function backUp(url: string, to: string): Promise<string> {
  expect(await callOps('backup', ['--to', to], url)).toMatchObject({ code: 0 });
  return readdirSync(to)[0] as string;
}

it.runIf(hasPgBouncer)(
  `refuses a pooler in transaction mode in every command (needs ${PGBOUNCER})`,
  async () => {
    const direct = await bench.targets.create();
    const bouncer = await startPgBouncer(await testServerUrl(), 'transaction');
    try {
      const url = variant(bouncer.url, { database: new URL(direct).pathname.slice(1) });
      const file = bench.source();
      const backups = join(bench.folder, 'backups');
      const from = ['--source', file];
      const commands: [string, string[]][] = [
        ...['start', 'status', 'finish', 'abort', 'close'].map((step): [string, string[]] => [
          'cutover',
          [step, ...from],
        ]),
        ['rollback', ['--to', file]],
        ['inspect', from],
        ['transfer', from],
        ['verify', from],
        ['prepare-postgres', []],
        ['backup', ['--to', backups]],
        ['restore', ['--from', join(backups, await backUp(direct, backups))]],
      ];
      for (const [command, args] of commands) {
        const { code, stderr } = await callOps(command, args, url);
        expect({ command, args, code }).toEqual({ command, args, code: 2 });
        expect(stderr).toMatch(/pool_mode transaction/);
      }
    } finally {
      await bouncer.stop();
    }
  },
  120_000,
);
