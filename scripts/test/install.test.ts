import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeWorkspace } from './fake-workspace.ts';

/** A pnpm that says which version it is, and does `work` when it is to install. */
const pnpm = (version: string, work = '') =>
  `if [ "$1" = --version ]; then echo ${version}; else ${work || ':'}; fi`;

const turbo = 'node_modules/.bin/turbo';

describe('a script that needs the workspace', () => {
  it('installs once, and again when the lockfile changes', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program('../bin/pnpm', pnpm('12.0.1'));
    await workspace.program(turbo, '');
    for (let call = 1; call <= 2; call++) {
      expect(await workspace.run(['scripts/turbo.mjs', 'run', 'build'])).toMatchObject({ code: 0 });
    }
    const install = 'pnpm install --frozen-lockfile --ignore-scripts --config.confirmModulesPurge=false';
    const before = await workspace.calls();
    expect(before.filter((call) => call === install)).toHaveLength(1);
    expect(before.filter((call) => call === 'pnpm rebuild --pending')).toHaveLength(1);
    expect(before.filter((call) => call === 'turbo --ui=stream run build')).toHaveLength(2);

    await workspace.write('pnpm-lock.yaml', 'lockfileVersion: 2\n');
    await workspace.run(['scripts/turbo.mjs', 'run', 'build']);
    expect((await workspace.calls()).filter((call) => call === install)).toHaveLength(2);
  });

  it('installs anew, and rebuilds what was compiled, for another Node', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program('../bin/pnpm', pnpm('12.0.1'));
    await workspace.program(turbo, '');
    await workspace.run(['scripts/turbo.mjs']);
    const stamp = 'node_modules/.cache/vatevo/installed.json';
    await workspace.write(stamp, (await workspace.read(stamp)).replace(/abi\d+/, 'abi1'));
    await workspace.run(['scripts/turbo.mjs']);
    expect(await workspace.calls()).toContain('pnpm rebuild --recursive');
  });

  it('reads the sources while npm test compiles what is installed', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program(
      '../bin/pnpm',
      pnpm('12.0.1', `if [ "$1" = rebuild ]; then sleep 0.3; echo compiled; fi`),
    );
    await workspace.program(turbo, 'case "$*" in *" test "*) echo tested;; *) echo read >&2; exit 1;; esac');
    const outcome = await workspace.run(['scripts/test.mjs']);
    // What is found beside that is found again where it counts.
    expect(outcome.stderr).toMatch(/^read$/m);
    expect(outcome.stdout).toMatch(/^compiled\ntested$/m);
    const calls = (await workspace.calls()).filter((call) => call.startsWith('turbo'));
    expect(calls).toHaveLength(2);
    expect(calls[0]).toMatch(/^turbo --ui=stream run build lint .* --concurrency=1 /);
  });

  it('says that an install failed, passes its exit code on, and tries again the next time', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program('../bin/pnpm', pnpm('12.0.1', 'exit 7'));
    await workspace.program(turbo, '');
    for (let call = 1; call <= 2; call++) {
      const outcome = await workspace.run(['scripts/turbo.mjs']);
      expect(outcome.code).toBe(7);
      expect(outcome.stderr).toContain("error: The install failed (pnpm's exit code 7)");
    }
    expect((await workspace.calls()).filter((call) => call.startsWith('turbo'))).toEqual([]);
  });

  it('compiles with the headers that came with this very Node, and with no others', async () => {
    for (const [version, wanted] of [
      [process.versions.node, 'nodedir=given'],
      ['18.1.2', 'nodedir='],
    ] as const) {
      const workspace = await fakeWorkspace();
      const [major, minor] = version.split('.');
      const node = join(workspace.root, 'node/bin/node');
      await workspace.write(
        'node/include/node/node_version.h',
        `#define NODE_MAJOR_VERSION ${major}\n#define NODE_MINOR_VERSION ${minor}\n`,
      );
      await workspace.write(
        'ask.mjs',
        `import { withNodeHeaders } from './scripts/lib/node-headers.mjs';
         console.log('nodedir=' + (withNodeHeaders({}, ${JSON.stringify(node)}).npm_config_nodedir ? 'given' : ''));`,
      );
      expect((await workspace.run(['ask.mjs'])).stdout.trim()).toBe(wanted);
    }
  });

  it('passes turbo’s exit code on', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program('../bin/pnpm', pnpm('12.0.1'));
    await workspace.program(turbo, 'exit 3');
    expect(await workspace.run(['scripts/turbo.mjs', 'run', 'lint'])).toMatchObject({ code: 3 });
  });

  it('fetches pnpm by npm where there is none, or one of another major version', async () => {
    for (const found of [undefined, '9.15.0']) {
      const workspace = await fakeWorkspace();
      if (found) await workspace.program('../bin/pnpm', pnpm(found, 'exit 1'));
      await workspace.program('../cache/pnpm', pnpm('12.3.4'));
      await workspace.program('../bin/npm', `echo '${workspace.root}/../cache/pnpm'`);
      await workspace.program(turbo, 'command -v pnpm');
      const outcome = await workspace.run(['scripts/turbo.mjs']);
      expect(outcome).toMatchObject({ code: 0, stderr: '' });
      expect(outcome.stdout).toContain('/cache/pnpm');
      expect(await workspace.calls()).toContain(
        'npm exec --yes --package=pnpm@12.3.4 -- sh -c command -v pnpm',
      );
    }
  });

  it('says what to do when pnpm cannot be fetched', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program('../bin/npm', 'echo "npm error network" >&2; exit 1');
    const outcome = await workspace.run(['scripts/turbo.mjs']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('error: npm could not fetch pnpm 12.3.4: check that its registry');
    expect(outcome.stderr).not.toContain('    at ');
  });

  it('says in one sentence that Node is too old', async () => {
    const workspace = await fakeWorkspace();
    const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.1' } })`;
    for (const script of ['command', 'prepare', 'test', 'turbo']) {
      const outcome = await workspace.run([
        '--import',
        `data:text/javascript,${older}`,
        `scripts/${script}.mjs`,
      ]);
      expect(outcome).toMatchObject({ code: 2, stdout: '' });
      expect(outcome.stderr).toMatch(
        /^error: Vatevo needs Node 20\.20 or newer, and this is Node 18\.20\.1.*\n$/,
      );
    }
  });
});

describe('the end of an install', () => {
  it('builds, with a pnpm on the PATH that was called by its path', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program('../elsewhere/pnpm-linux-x64', pnpm('12.3.4'));
    await workspace.program(turbo, 'pnpm called-by-turbo');
    const env = {
      npm_execpath: `${workspace.root}/../elsewhere/pnpm-linux-x64`,
      npm_config_user_agent: 'pnpm/12.3.4 npm/? node/? linux x64',
    };
    expect(await workspace.run(['scripts/prepare.mjs'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(await workspace.calls()).toEqual([
      'turbo --ui=stream run build --output-logs=errors-only',
      'pnpm-linux-x64 called-by-turbo',
    ]);
    // What is installed and built by hand is not installed again.
    await workspace.run(['scripts/turbo.mjs', 'run', 'build']);
    expect((await workspace.calls()).filter((call) => call.includes('install'))).toEqual([]);
  });

  it('fails when the build fails', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program('../bin/pnpm', pnpm('12.3.4'));
    await workspace.program(turbo, 'exit 2');
    const outcome = await workspace.run(['scripts/prepare.mjs']);
    expect(outcome).toMatchObject({ code: 2 });
    expect(outcome.stderr).toContain('error: Everything is installed, but the build failed');
  });

  it('builds nothing where only production dependencies were installed', async () => {
    const workspace = await fakeWorkspace();
    expect(await workspace.run(['scripts/prepare.mjs'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('leaves the build to a script that builds anyway, but says which pnpm it was', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program('../elsewhere/pnpm', pnpm('12.3.4'));
    const prepare = `npm_execpath='${workspace.root}/../elsewhere/pnpm' npm_config_user_agent=pnpm/12.3.4`;
    await workspace.program(
      '../bin/pnpm',
      pnpm('12.0.1', `${prepare} '${process.execPath}' scripts/prepare.mjs`),
    );
    await workspace.program(turbo, 'command -v pnpm');
    const outcome = await workspace.run(['scripts/turbo.mjs', 'run', 'lint']);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toContain('/node_modules/.cache/vatevo/bin/pnpm');
    expect((await workspace.calls()).filter((call) => call.startsWith('turbo'))).toEqual([
      'turbo --ui=stream run lint',
    ]);
  });

  it('sends those who call npm install to the right command', async () => {
    const workspace = await fakeWorkspace();
    const outcome = await workspace.run(['scripts/prepare.mjs'], {
      npm_config_user_agent: 'npm/11.0.0 node/v20',
    });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('run "npm test" or "npm run demo"');
  });
});
