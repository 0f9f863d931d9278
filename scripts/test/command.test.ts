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
    const outcome = await workspace.run(['scripts/new.mjs', 'package', 'money']);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toContain('pnpm test --filter=@vatevo/money');
    expect(await workspace.calls()).toContainEqual(expect.stringMatching(/^pnpm install --prefer-offline/));
    expect(await workspace.read('docs/architecture.md')).toContain('| `packages/money` | `@vatevo/money` |');
  });
});
