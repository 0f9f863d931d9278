import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Totals
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} problems what failed or did not run, a line each
 * @property {string[]} skippedTests `package: test`
 * @property {string[]} secondTries those that passed only when they were tried again, `package: test (how it failed before)`
 * @property {{ file: string, seconds: number }[]} files the test files that ran, from the root, the slowest first
 */

/**
 * @typedef {object} TurboTask as turbo's run summary describes it
 * @property {string} taskId such as `@vatevo/db#test`
 * @property {string} task
 * @property {string} package
 * @property {string} directory
 * @property {{ exitCode: number | null }} execution of a cached task: that of the run that is remembered
 * @property {string[]} dependents tasks that wait for this one; left out of the summary when they waited in vain
 */

/**
 * @typedef {object} VitestReport
 * @property {boolean} success
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {{ name: string, startTime: number, endTime: number, assertionResults: { status: string, fullName: string, failureMessages?: string[] }[] }[]} testResults
 */

const REPORT = 'test-results.json';

/**
 * Removes the reports of earlier runs, so that a report which is there afterwards is of this run
 * (or what turbo keeps of one with the very same inputs).
 *
 * @param {string} root
 */
export function removeOldReports(root) {
  for (const folder of packageFolders(root)) rmSync(join(folder, REPORT), { force: true });
}

/**
 * The folders in which packages may lie.
 *
 * @param {string} root
 */
function packageFolders(root) {
  return ['.', 'apps', 'packages']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(root, folder, entry.name)),
    );
}

/**
 * Every task that there is: turbo names as dependents also those that a package has no script for.
 *
 * @param {string} root
 */
function tasksOf(root) {
  return new Set(
    packageFolders(root).flatMap((folder) => {
      const { name, scripts } = readJson(join(folder, 'package.json')) ?? {};
      return Object.keys(scripts ?? {}).map((script) => `${name}#${script}`);
    }),
  );
}

/**
 * Adds up what a turbo run did: every test counts, `db:check` counts as one, and of the other
 * tasks only those that failed.
 *
 * @param {string} root
 * @param {readonly TurboTask[]} tasks
 * @returns {Totals}
 */
export function addUp(root, tasks) {
  /** @type {Totals} */
  const totals = {
    passed: 0,
    failed: 0,
    skipped: 0,
    problems: [],
    skippedTests: [],
    secondTries: [],
    files: [],
  };
  const ran = new Set(tasks.map((task) => task.taskId));
  const known = tasksOf(root);
  for (const task of tasks) {
    const passed = task.execution.exitCode === 0;
    if (task.task === 'test') addTests(totals, root, task, passed);
    else if (!passed) fail(totals, `failed: ${task.taskId}`);
    else if (task.task === 'db:check') totals.passed++;
    const waiting = task.dependents.filter((dependent) => known.has(dependent) && !ran.has(dependent));
    totals.problems.push(...waiting.map((dependent) => `not run: ${dependent}, which needs ${task.taskId}`));
  }
  totals.files.sort((a, b) => b.seconds - a.seconds);
  return totals;
}

/**
 * @param {Totals} totals
 * @param {string} root
 * @param {TurboTask} task
 * @param {boolean} passed
 */
function addTests(totals, root, task, passed) {
  /** @type {VitestReport | undefined} */
  const report = readJson(join(root, task.directory, REPORT));
  if (report === undefined) return fail(totals, `failed: ${task.taskId} left no ${REPORT}`);
  const skipped = report.numPendingTests + report.numTodoTests;
  totals.passed += report.numPassedTests;
  totals.failed += report.numFailedTests;
  totals.skipped += skipped;
  for (const file of report.testResults) {
    const seconds = (file.endTime - file.startTime) / 1000;
    totals.files.push({ file: fromPackage(task.directory, file.name), seconds });
    for (const { status, fullName, failureMessages = [] } of file.assertionResults) {
      const [failed] = failureMessages;
      if (status === 'failed') totals.problems.push(`failed: ${task.package}: ${fullName}`);
      else if (status !== 'passed') totals.skippedTests.push(`${task.package}: ${fullName}`);
      else if (failed !== undefined)
        totals.secondTries.push(`${task.package}: ${fullName} (${failed.split('\n')[0]})`);
    }
  }
  // A test file that cannot even be loaded, or an error outside of any test, fails no test by name.
  if ((!passed || !report.success) && report.numFailedTests === 0) fail(totals, `failed: ${task.taskId}`);
}

/**
 * A remembered report names the folder of the run that it is of.
 *
 * @param {string} directory of the package, from the root
 * @param {string} file
 */
function fromPackage(directory, file) {
  const at = file.lastIndexOf(`/${directory}/`);
  return at < 0 ? file : file.slice(at + 1);
}

/**
 * @param {Totals} totals
 * @param {string} problem
 */
function fail(totals, problem) {
  totals.failed++;
  totals.problems.push(problem);
}

/** @param {string} file */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
