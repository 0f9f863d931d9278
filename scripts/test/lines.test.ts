import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { fakeWorkspace } from './fake-workspace.ts';

it('counts what a commit has of product code, apart from comments, tests and what is generated', async () => {
  const workspace = await fakeWorkspace();
  await workspace.write('packages/one/src/a.ts', '/**\n * é\n */\nconst a = 1;\n\nconst b = 2; // both\n');
  await workspace.write('packages/one/src/deep/b.ts', '// only this\nconst c = 3;\n');
  await workspace.write('packages/one/test/a.test.ts', 'const d = 4;\n');
  await workspace.write('packages/one/src/generated/c.ts', 'const e = 5;\n');
  await workspace.write('ops/bin/x.mjs', 'const f = 6;\n');
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: workspace.root });
  git('init', '-q');
  git('add', 'packages', 'ops');
  git('commit', '-q', '-m', 'a');
  await workspace.write('packages/one/src/a.ts', 'not committed');

  const rows = async (...args: string[]) => {
    const { code, stdout } = await workspace.run(['scripts/lines.mjs', ...args]);
    expect(code).toBe(0);
    return Object.fromEntries(
      [...stdout.matchAll(/'(\S+)'\s*│ (\d+)\s*│ (\d+)\s*│ (\d+)\s*│ (\d+)/g)].map(
        ([, folder, ...counts]) => [folder, counts.map(Number)],
      ),
    );
  };
  // Files, code, comments, lines.
  expect(await rows()).toEqual({ all: [3, 4, 4, 8], 'packages/one': [2, 3, 4, 7], ops: [1, 1, 0, 1] });
  expect(await rows('HEAD', 'packages/one/src')).toEqual({
    all: [2, 3, 4, 7],
    'a.ts': [1, 2, 3, 5],
    'deep/': [1, 1, 1, 2],
  });
});
