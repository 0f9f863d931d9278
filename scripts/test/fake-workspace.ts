import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const scripts = fileURLToPath(new URL('..', import.meta.url));

/** How a script ended. */
interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A repository that holds these scripts and nothing else of ours; the programs that they call are shell
 * scripts of the test. The real ones would install and build for minutes, and no test could see them fail.
 */
export interface FakeWorkspace {
  readonly root: string;
  /** Where programs are found: the PATH has this folder, node's, and the system's own. */
  readonly bin: string;
  write(file: string, text: string): Promise<void>;
  read(file: string): Promise<string>;
  /** Writes an executable shell script. Each call of it adds a line to `calls`. */
  program(file: string, script: string): Promise<void>;
  calls(): Promise<string[]>;
  run(args: readonly string[], env?: Record<string, string>): Promise<Outcome>;
}

export async function fakeWorkspace(): Promise<FakeWorkspace> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'vatevo-scripts-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const root = join(folder, 'clone');
  const bin = join(folder, 'bin');
  for (const entry of [
    'command.mjs',
    'lib',
    'lines.mjs',
    'lint-changelog.mjs',
    'new.mjs',
    'prepare.mjs',
    'release.mjs',
    'templates',
    'test.mjs',
    'turbo.mjs',
  ]) {
    await cp(join(scripts, entry), join(root, 'scripts', entry), { recursive: true });
  }
  for (const entry of ['apps', 'packages', '../bin']) await mkdir(join(root, entry));
  const log = join(folder, 'calls');
  const path = [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(':');

  const workspace: FakeWorkspace = {
    root,
    bin,
    async write(file, text) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), text);
    },
    read: (file) => readFile(join(root, file), 'utf8'),
    async program(file, script) {
      const name = file.split('/').at(-1);
      await workspace.write(file, `#!/bin/sh\necho "${name} $*" >> '${log}'\n${script}\n`);
      await chmod(join(root, file), 0o755);
    },
    calls: async () => (await readFile(log, 'utf8').catch(() => '')).split('\n').filter(Boolean),
    async run(args, env = {}) {
      const child = spawn(process.execPath, [...args], { cwd: root, env: { PATH: path, ...env } });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text) => {
        stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text) => {
        stderr += text;
      });
      const [code] = await once(child, 'close');
      return { code, stdout, stderr };
    },
  };
  await workspace.write(
    'package.json',
    '{ "type": "module", "packageManager": "pnpm@12.3.4", "engines": { "node": ">=20.20" } }',
  );
  await workspace.write('pnpm-lock.yaml', 'lockfileVersion: 1\n');
  return workspace;
}
