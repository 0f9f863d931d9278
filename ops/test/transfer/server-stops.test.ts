import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FaultBench, LONG, nth, nthCopyData } from './support/bench.ts';

let server: LocalPostgres;
let bench: FaultBench;
beforeAll(async () => {
  server = await startLocalPostgres();
  bench = await FaultBench.open({ server: server.url() });
});
afterAll(async () => {
  await bench?.close();
  await server?.dispose();
});

const POINTS = [
  ['while indexes are restored', nth(2, /set_config\('maintenance_work_mem'/)],
  ...(LONG
    ? ([
        ['while rows are copied', nthCopyData(10)],
        ['at the beginning', nth(0, /INSERT INTO vatevo_transfer\.put_aside/)],
        ['at the first rows', nthCopyData(0)],
        ['at the last rows', nthCopyData(16)],
        ['after a range', nth(2, /^COMMIT/)],
        ['at the sequences', nth(1, /setval/)],
        ['at the verification', nth(2, /SELECT count\(\*\)::text AS rows/)],
        ['at the end', nth(0, /completed_at = now/)],
      ] as const)
    : []),
] as const;

it.for(POINTS)('resumes after the server was stopped at once %s', async ([, when]) => {
  const url = await bench.targets.create();
  let stopped: Promise<void> | undefined;
  const { code, stderr } = await bench.disturbed(url, when, () => {
    stopped = server.stop('immediate');
    return stopped;
  });
  // The command may see its connections end before the server's last process is gone.
  await stopped;
  expect({ code, stderr }).toMatchObject({ code: 3 });
  await server.start();
  await bench.expectRecovery(url);
  await bench.targets.drop(url);
});
