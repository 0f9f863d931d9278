/**
 * `pnpm coverage`: runs the tests with V8's coverage and prints how much of each package they reach. Where GitHub wants a
 * summary of the job, it gets the table, too.
 *
 * It counts what tests run in their own process. What they start as commands and servers, as an operator does, runs in
 * processes of its own and is not counted: the figure is the least that is covered.
 */
import { appendFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { coverageTable, SUMMARY } from './lib/coverage.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { turbo } from './lib/turbo.mjs';
import { root } from './lib/workspace.mjs';
import { readMap } from './lib/written-map.mjs';

const OPTIONS = [
  '--coverage.enabled',
  '--coverage.provider=v8',
  '--coverage.include=src/**',
  '--coverage.exclude=src/generated/**',
  '--coverage.reporter=json-summary',
  '--coverage.reporter=html',
];

await main(async () => {
  const installed = await ensureInstalled();
  if (installed !== 0) return installed;
  const packages = readMap().map(({ folder }) => ({ name: folder, folder: join(root, folder) }));
  for (const { folder } of packages) rmSync(join(folder, dirname(SUMMARY)), { recursive: true, force: true });
  const filters = process.argv.slice(2);
  const exitCode = await turbo(
    [
      'run',
      'test',
      '--continue=dependencies-successful',
      '--concurrency=2',
      '--output-logs=errors-only',
      ...filters,
      '--',
      ...OPTIONS,
    ],
    { env: { VATEVO_TEST_FILES: '2' } },
  );
  const table = coverageTable(packages);
  console.log(`\nReached by tests in their own process:\n\n${table}`);
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (summary) appendFileSync(summary, `## Coverage\n\n${table}\n`);
  return exitCode;
});
