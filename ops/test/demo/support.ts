import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { type Running, readProcess, root, start } from '../support/run-script.ts';

/** A demo that runs. */
export interface RunningDemo extends Running {
  /** What it has said on stdout so far. */
  stdout(): string;
}

/** The demo with a data folder of its own. */
export interface TestDemo {
  readonly folder: string;
  start(args?: readonly string[], env?: Record<string, string>): RunningDemo;
  /** The command lines of all processes that belong to this demo, itself included. */
  processes(): Promise<string[]>;
}

export async function testDemo(): Promise<TestDemo> {
  const folder = await temporaryFolder();
  const mark = `demo-test-${randomUUID()}`;
  return {
    folder,
    start(args = [], env = {}) {
      // A folder that is not there yet is a first run.
      const all = ['ops/dist/cli.js', 'demo', '--data', join(folder, 'local'), ...args];
      const running = start('node', all, { env: { DEMO_TEST_MARK: mark, ...env } });
      onTestFinished(() => void running.child.kill('SIGKILL'));
      let stdout = '';
      running.child.stdout?.on('data', (text) => {
        stdout += text;
      });
      return { ...running, stdout: () => stdout };
    },
    processes: async () => {
      const found: string[] = [];
      for (const pid of readdirSync('/proc')) {
        if (!/^\d+$/.test(pid)) continue;
        const line = readProcess(pid, 'cmdline');
        // The server and its guardian have an environment of their own, but their folder in the arguments.
        if (line.includes(folder) || readProcess(pid, 'environ').includes(mark))
          found.push(line.replaceAll('\0', ' '));
      }
      return found;
    },
  };
}

/** A temporary folder that the server's account may enter, removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'vatevo-demo-test-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  return folder;
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('The awaited condition did not come true within 60 s.');
    await sleep(50);
  }
}

export const sampleFile = join(root, 'ops/fixtures/legacy.db');
