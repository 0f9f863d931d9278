/**
 * `npm test`: installs what is missing, builds, checks and tests everything, and ends with one line
 * of totals. `--long` adds the long suites; `--changed` leaves out the packages that the branch does not change. Other
 * arguments go to turbo: `npm test -- --filter=@vatevo/db`.
 */
import './lib/require-node.mjs';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { changedPackages } from './lib/changed.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { addUp, removeOldReports } from './lib/results.mjs';
import { turbo } from './lib/turbo.mjs';
import { root } from './lib/workspace.mjs';

/** What runs none of the packages that an install compiles. */
const READING = [
  'build',
  'lint',
  'lint:root',
  'lint:promises',
  'lint:unused',
  'lint:boundaries',
  'lint:exports',
  'lint:workflows',
  'lint:licences',
];
const TASKS = [...READING, 'lint:docs', 'lint:words', 'test', 'db:check'];

/** Types are checked by `lint:promises`, in one pass for all packages; a run of some packages leaves that out. */
const TASKS_OF_SOME = [...TASKS, 'typecheck'];

/** Lines of the lists of skipped tests and of the slowest test files that are shown. */
const MAX_SKIPPED = 30;
const SLOWEST = 10;

await main(async () => {
  const args = process.argv
    .slice(2)
    .filter((arg) => arg !== '--long')
    .flatMap((arg) => (arg === '--changed' ? changedPackages() : [arg]));
  const long = process.argv.includes('--long');
  // What it finds is said by the run below, for which turbo remembers what passed.
  const installed = await ensureInstalled(() =>
    turbo(
      [
        'run',
        ...READING,
        '--continue=dependencies-successful',
        '--concurrency=1',
        '--output-logs=none',
        ...args,
      ],
      { quiet: true },
    ),
  );
  if (installed !== 0) return installed;

  removeOldReports(root);
  const before = new Set(summaries());
  // Tests wait for servers and processes more than they compute: three packages at a time at least,
  // each with two test files, keep two cores busy, and the package that takes longest begins early.
  const concurrency = Math.max(3, Math.floor(cpus().length / 2));
  const exitCode = await turbo(
    [
      ...['run', ...(args.some((arg) => arg.startsWith('--filter')) ? TASKS_OF_SOME : TASKS)],
      ...['--summarize', '--continue=dependencies-successful', `--concurrency=${concurrency}`],
      ...['--output-logs=new-only', '--log-order=stream'],
      // Long suites are for finding what happens one time in a thousand: their results are not kept.
      ...(long ? ['--cache=local:r,remote:'] : []),
      ...args,
    ],
    { env: { VATEVO_TEST_FILES: '2', ...(long ? { VATEVO_TEST_LONG: '1' } : { VATEVO_TEST_TRIES: '2' }) } },
  );
  if (exitCode >= 128) return exitCode;

  const summary = summaries().find((file) => !before.has(file));
  if (summary === undefined) throw new Error('turbo left no summary of its run: what it said is above.');
  const { tasks } = JSON.parse(readFileSync(summary, 'utf8'));
  rmSync(summary);
  const totals = addUp(root, tasks);
  show(totals);
  return exitCode === 0 && totals.failed > 0 ? 1 : exitCode;
});

/** The files in which turbo describes its runs. */
function summaries() {
  const folder = join(root, '.turbo', 'runs');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => join(folder, name));
}

/** @param {import('./lib/results.mjs').Totals} totals */
function show({ passed, failed, skipped, problems, skippedTests, secondTries, files }) {
  const lines = [
    ...skippedTests.slice(0, MAX_SKIPPED).map((name) => `skipped: ${name}`),
    ...(skippedTests.length > MAX_SKIPPED ? [`… and ${skippedTests.length - MAX_SKIPPED} more skipped`] : []),
    ...secondTries.map((name) => `passed at the second try: ${name}`),
    ...files.slice(0, SLOWEST).map(({ file, seconds }) => `${seconds.toFixed(0).padStart(5)} s in ${file}`),
    ...problems,
  ];
  for (const line of lines) console.log(line);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
}
