import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { canFreeze, freeze } from '@vatevo/local-postgres/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LONG, nth } from '../transfer/support/bench.ts';
import { contentOf } from '../transfer/support/target.ts';
import { disturbed, expectDone, MoveBench, type Step, takers, write } from './support/move.ts';

let server: LocalPostgres;
let bench: MoveBench;
beforeAll(async () => {
  server = await startLocalPostgres();
  bench = await MoveBench.open(server.url());
});
afterAll(async () => {
  await bench?.close();
  await server?.dispose();
});

const POINTS: readonly (readonly [Step, string, RegExp, number])[] = [
  ['finish', 'at the hand-over', /CREATE OR REPLACE TRIGGER vatevo_cutover_log/, 0],
  ...(LONG
    ? ([
        ['finish', 'before anything is fenced', /FROM unnest/, 0],
        ['start', 'while rows are copied', /^COPY/, 1],
        ['start', 'while keys are restored', /set_config\('maintenance_work_mem'/, 1],
        ['finish', 'at the commit of the hand-over', /completed_at|UPDATE vatevo_transfer\.run/, 0],
        ['finish', 'after the hand-over', /DELETE FROM vatevo_cutover\.row_checksum/, 0],
        ['rollback', 'while rows come back', /FETCH/, 0],
        ['rollback', 'at the fence', /LOCK TABLE/, 0],
        ['rollback', 'behind the fence', /SELECT count\(\*\) FROM/, 1],
      ] as const)
    : []),
];

it.for(POINTS)(
  'resumes %s after the server was stopped at once %s',
  { timeout: 300_000 },
  async ([step, , pattern, n]) => {
    const url = await bench.targets.create();
    const file = bench.source();
    if (step !== 'start') {
      await expectDone('start', file, url);
      write(file);
    }
    if (step === 'rollback') await expectDone('finish', file, url);
    const subject = step === 'rollback' ? `${file}.own` : file;
    let stopped: Promise<void> | undefined;
    const { code, stderr } = await disturbed(step, subject, url, nth(n, pattern), () => {
      stopped = server.stop('immediate');
      return stopped;
    });
    await stopped;
    expect({ stopped: stopped !== undefined, code, stderr }).toMatchObject({
      stopped: true,
      code: expect.toSatisfy((c) => c === 3 || c === 4),
    });
    await server.start();
    expect(await takers(subject, url)).toMatch(/^(none|file|server)$/);
    await expectDone(step, subject, url);
    if (step === 'start') {
      write(file);
      await expectDone('finish', file, url);
    }
    expect(await takers(subject, url)).toBe(step === 'rollback' ? 'file' : 'server');
    expect(await contentOf(url)).toEqual(bench.moved);
    await bench.targets.drop(url);
  },
);

it.runIf(LONG && canFreeze)(
  'lifts the fence when the server falls silent behind it',
  { timeout: 300_000 },
  async () => {
    const url = await bench.targets.create();
    const file = bench.source();
    await expectDone('start', file, url);
    write(file);
    let thaw = () => {};
    const { code } = await disturbed('finish', file, url, nth(0, /REPEATABLE READ/), () => {
      thaw = freeze(server);
    });
    thaw();
    expect(code).toBe(3);
    expect(await takers(file, url)).toBe('file');
    await expectDone('finish', file, url);
  },
);
