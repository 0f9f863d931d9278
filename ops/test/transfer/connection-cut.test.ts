import { afterAll, beforeAll, expect, it } from 'vitest';
import { FaultBench, LONG, nth, nthCopyData } from './support/bench.ts';

let bench: FaultBench;
beforeAll(async () => {
  bench = await FaultBench.open();
});
afterAll(() => bench.close());

const POINTS = [
  ['while rows are copied', nthCopyData(8)],
  ...(LONG
    ? ([
        ['while keys are restored', nth(6, /set_config\('maintenance_work_mem'/)],
        ['at the lock', nth(0, /pg_try_advisory_lock/)],
        ['at the beginning', nth(0, /INSERT INTO vatevo_transfer\.run/)],
        ['at the first rows', nthCopyData(0)],
        ['at the last rows', nthCopyData(16)],
        ['at a commit', nth(2, /^COMMIT/)],
        ['at the statistics', nth(0, /^ANALYZE/)],
        ['at the verification', nth(0, /SELECT count\(\*\)::text AS rows/)],
        ['at the end', nth(0, /completed_at = now/)],
      ] as const)
    : []),
] as const;

it.for(POINTS)('resumes after its connections were cut %s', async ([, when]) => {
  const url = await bench.targets.create();
  // Only the network fails: the command must notice, end by itself and say so.
  const { code, stderr } = await bench.disturbed(url, when, (_, { cut }) => cut());
  expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringMatching(/connection/i) });
  await bench.expectRecovery(url);
  await bench.targets.drop(url);
});
