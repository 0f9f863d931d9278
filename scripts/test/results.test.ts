import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addUp, type TurboTask } from '../lib/results.mjs';
import { fakeWorkspace } from './fake-workspace.ts';

const task = (taskId: string, exitCode: number, dependents: string[] = []): TurboTask => {
  const [name = '', kind = ''] = taskId.split('#');
  return {
    taskId,
    task: kind,
    package: name,
    directory: `packages/${name}`,
    execution: { exitCode },
    dependents,
  };
};

/** What vitest's JSON reporter writes, as far as it is read. */
const report = (statuses: string[], success = !statuses.includes('failed')) =>
  JSON.stringify({
    success,
    numPassedTests: statuses.filter((status) => status === 'passed' || status === 'again').length,
    numFailedTests: statuses.filter((status) => status === 'failed').length,
    numPendingTests: statuses.filter((status) => status === 'skipped').length,
    numTodoTests: 0,
    testResults: [
      {
        name: '/elsewhere/packages/a/test/a.test.ts',
        startTime: 1_000,
        endTime: 1_000 + 500 * statuses.length,
        assertionResults: statuses.map((status, i) => ({
          ...{ fullName: `${status} ${i}`, status: status === 'again' ? 'passed' : status },
          failureMessages:
            status === 'passed' || status === 'skipped' ? [] : ['AssertionError\n    at a line'],
        })),
      },
    ],
  });

/** @param scripts of the packages that have a manifest */
async function rootWith(
  reports: Record<string, string>,
  scripts: Record<string, readonly string[]> = {},
): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'vatevo-results-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [name, text] of Object.entries(reports)) {
    await mkdir(join(root, 'packages', name), { recursive: true });
    await writeFile(join(root, 'packages', name, 'test-results.json'), text);
  }
  for (const [name, names] of Object.entries(scripts)) {
    await mkdir(join(root, 'packages', name), { recursive: true });
    const manifest = { name, scripts: Object.fromEntries(names.map((script) => [script, 'true'])) };
    await writeFile(join(root, 'packages', name, 'package.json'), JSON.stringify(manifest));
  }
  return root;
}

describe('the totals', () => {
  it('are of all tests, and of db:check', async () => {
    const root = await rootWith({
      a: report(['passed', 'again', 'skipped']),
      b: report(['passed']),
    });
    const totals = addUp(root, [
      task('a#build', 0),
      task('a#test', 0),
      task('b#test', 0),
      task('db#db:check', 0),
    ]);
    expect(totals).toEqual({
      passed: 4,
      failed: 0,
      skipped: 1,
      problems: [],
      skippedTests: ['a: skipped 2'],
      secondTries: ['a: again 1 (AssertionError)'],
      files: [
        { file: 'packages/a/test/a.test.ts', seconds: 1.5 },
        { file: '/elsewhere/packages/a/test/a.test.ts', seconds: 0.5 },
      ],
    });
  });

  it('name the tests that failed and the tasks that failed or never ran', async () => {
    const root = await rootWith({ a: report(['passed', 'failed']) }, { a: ['test'], b: ['build', 'test'] });
    const totals = addUp(root, [
      task('a#test', 1),
      // No package but db has a script of that name.
      task('b#build', 2, ['b#test', 'b#db:check', 'a#test']),
      task('db#db:check', 1),
    ]);
    expect(totals).toMatchObject({ passed: 1, failed: 3 });
    expect(totals.problems).toEqual([
      'failed: a: failed 1',
      'failed: b#build',
      'not run: b#test, which needs b#build',
      'failed: db#db:check',
    ]);
  });

  it('count a failure where no test failed by name', async () => {
    const root = await rootWith({ unloadable: report(['passed'], false), lying: report(['passed']) });
    const totals = addUp(root, [task('unloadable#test', 1), task('lying#test', 1), task('crashed#test', 1)]);
    expect(totals).toMatchObject({ passed: 2, failed: 3 });
    expect(totals.problems[2]).toContain('crashed#test left no test-results.json');
  });
});

describe('npm test', () => {
  /** A turbo that writes a report and the summary of its run, and ends with the code given. */
  /** What is done beside an install leaves no summary. */
  const UNLESS_SUMMARY = 'case "$*" in *--summarize*) ;; *) exit 0;; esac;';
  const turboWith = (statuses: string[], exitCode: number) => `
    ${UNLESS_SUMMARY}
    mkdir -p packages/a .turbo/runs
    cat > packages/a/test-results.json <<'END'
${report(statuses)}
END
    cat > .turbo/runs/x.json <<'END'
${JSON.stringify({ tasks: [task('a#test', exitCode)] })}
END
    exit ${exitCode}`;

  it('ends with the totals, and with an exit code that says whether anything failed', async () => {
    for (const [statuses, exitCode, line] of [
      [['passed', 'skipped'], 0, '1 passed, 0 failed, 1 skipped\n'],
      [['again'], 0, '1 passed, 0 failed, 0 skipped\n'],
      [['passed', 'failed'], 1, '1 passed, 1 failed, 0 skipped\n'],
    ] as const) {
      const workspace = await fakeWorkspace();
      await workspace.program('../bin/pnpm', 'echo 12.0.0');
      await workspace.program('node_modules/.bin/turbo', turboWith([...statuses], exitCode));
      const outcome = await workspace.run(['scripts/test.mjs']);
      expect(outcome.code).toBe(exitCode);
      expect(outcome.stdout.endsWith(`\n${line}`)).toBe(true);
    }
  });

  it('takes no report of an earlier run for one of this', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program('../bin/pnpm', 'echo 12.0.0');
    const folders = ['apps/a', 'packages/a', 'ops', 'bench', 'scripts'];
    for (const folder of folders) {
      await workspace.write(`${folder}/test-results.json`, report(['passed']));
    }
    const tasks = folders.map((directory) => ({ ...task('a#test', 1), directory }));
    const summary = JSON.stringify({ tasks });
    await workspace.program(
      'node_modules/.bin/turbo',
      `${UNLESS_SUMMARY} mkdir -p .turbo/runs; echo '${summary}' > .turbo/runs/x.json; exit 1`,
    );
    const outcome = await workspace.run(['scripts/test.mjs']);
    expect(outcome).toMatchObject({ code: 1 });
    expect(outcome.stdout).toContain('\n0 passed, 5 failed, 0 skipped\n');
  });

  it('runs the long suites uncached on demand, and passes other arguments to turbo', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program('../bin/pnpm', 'echo 12.0.0');
    await workspace.program(
      'node_modules/.bin/turbo',
      `echo "long=$VATEVO_TEST_LONG"; ${turboWith(['passed'], 0)}`,
    );
    expect((await workspace.run(['scripts/test.mjs'])).stdout).toContain('long=\n');
    const long = await workspace.run(['scripts/test.mjs', '--long', '--filter=a']);
    expect(long.stdout).toContain('long=1\n');
    expect((await workspace.calls()).at(-1)).toMatch(/--cache=local:r,remote: --filter=a$/);
  });
});
