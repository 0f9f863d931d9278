import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { fakeWorkspace } from './fake-workspace.ts';

/** A launcher that shows what it got, and ends as a check that found something. */
const LAUNCHER = `console.log('launched', ...process.argv.slice(2)); process.exitCode = 4;`;

describe('the commands for developers', () => {
  it('install and build what is missing, and end with the command’s own exit code', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program('../bin/pnpm', 'echo 12.0.0');
    await workspace.program(
      'node_modules/.bin/turbo',
      'mkdir -p packages/db/dist; touch packages/db/dist/cli.js',
    );
    await workspace.write('packages/db/bin/vatevo-db.mjs', LAUNCHER);
    const first = await workspace.run(['scripts/command.mjs', 'db', 'migrate', '--name', 'x']);
    expect(first.code).toBe(4);
    expect(first.stdout).toContain('launched migrate --name x\n');
    const calls = await workspace.calls();
    expect(calls).toContainEqual(expect.stringMatching(/^pnpm install --frozen-lockfile/));
    expect(calls).toContainEqual(expect.stringMatching(/^turbo .*run build --filter=@vatevo\/db/));

    const second = await workspace.run(['scripts/command.mjs', 'db', 'check']);
    expect(second).toMatchObject({ code: 4, stdout: 'launched check\n' });
    expect(await workspace.calls()).toHaveLength(calls.length);
  });

  it('start nothing when the build fails', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program('../bin/pnpm', 'echo 12.0.0');
    await workspace.program('node_modules/.bin/turbo', 'echo broken; exit 1');
    await workspace.write('packages/db/bin/vatevo-db.mjs', LAUNCHER);
    const outcome = await workspace.run(['scripts/command.mjs', 'db', 'check']);
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).not.toContain('launched');
    expect(outcome.stderr).toContain('broken');
  });
});

describe('what writes something new', () => {
  it('says what there is to be made', async () => {
    const workspace = await fakeWorkspace();
    expect(await workspace.run(['scripts/new.mjs', 'thing'])).toMatchObject({
      code: 1,
      stderr: 'error: Say what is to be made: model, package or command.\n',
    });
  });

  it('installs a package that it wrote, and says what to do next', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program('../bin/pnpm', 'echo 12.0.0');
    await workspace.write('docs/architecture.md', '| `packages/db` | `@vatevo/db` | models | – |\n');
    await workspace.write('README.md', 'packages/db/   models\n');
    const outcome = await workspace.run(['scripts/new.mjs', 'package', 'money']);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toContain('pnpm test --filter=@vatevo/money');
    expect(await workspace.calls()).toContainEqual(expect.stringMatching(/^pnpm install --prefer-offline/));
    expect(await workspace.read('docs/architecture.md')).toContain('| `packages/money` | `@vatevo/money` |');
  });
});

describe('a release', () => {
  const changelog = '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Something.\n';

  it('gives all packages one version, and what changed its name', async () => {
    const workspace = await fakeWorkspace();
    await workspace.write('CHANGELOG.md', changelog);
    for (const name of ['ops', 'packages/db']) {
      await workspace.write(`${name}/package.json`, `{\n  "name": "${name}",\n  "version": "0.1.0"\n}\n`);
    }
    expect(await workspace.run(['scripts/release.mjs', '0.1.0'])).toMatchObject({
      code: 1,
      stderr: 'error: "0.1.0" is no version behind 0.1.0: give one such as 1.2.3.\n',
    });
    expect(await workspace.run(['scripts/release.mjs', '0.2.0'])).toMatchObject({ code: 0, stderr: '' });
    expect(await workspace.read('packages/db/package.json')).toContain('"version": "0.2.0"');
    expect(await workspace.read('ops/package.json')).toContain('"version": "0.2.0"');
    expect(await workspace.read('CHANGELOG.md')).toMatch(
      /^# Changelog\n\n## \[Unreleased\]\n\n## \[0\.2\.0\] - \d{4}-\d\d-\d\d\n\n### Added\n/,
    );
    expect((await workspace.run(['scripts/release.mjs', '0.3.0'])).stderr).toContain('nothing to release');
  });

  it('is prepared by a line for what users will notice', async () => {
    const workspace = await fakeWorkspace();
    await workspace.write(
      'packages/db/package.json',
      '{ "name": "@vatevo/db", "version": "0.1.0", "exports": "./x.js", "files": ["dist"] }',
    );
    const lint = () => workspace.run(['scripts/lint-changelog.mjs']);
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
        cwd: workspace.root,
        stdio: 'pipe',
      });
    const commit = (...messages: string[]) => {
      git('add', '-A');
      git('commit', '-q', ...messages.flatMap((message) => ['-m', message]));
    };
    expect(await lint()).toMatchObject({ code: 0 });
    git('init', '-q', '-b', 'main');
    commit('Begin');
    git('checkout', '-q', '-b', 'change');
    await workspace.write('packages/db/src/index.ts', 'export const one = 1;\n');
    commit('Move', 'Changelog: none');
    expect(await lint()).toMatchObject({ code: 0 });
    await workspace.write('packages/db/src/index.ts', 'export const one = 2;\n');
    commit('Change');
    expect(await lint()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('@vatevo/db was changed and CHANGELOG.md was not'),
    });
    await workspace.write('CHANGELOG.md', changelog);
    commit('Say so');
    expect(await lint()).toMatchObject({ code: 0 });
  });
});
