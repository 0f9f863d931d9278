import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const child = fileURLToPath(new URL('../lib/child.mjs', import.meta.url));

/** Starts a Node program that runs a command by the module under test and exits with its code. */
function start(command: readonly string[], options: object = {}) {
  const program = `
    import { run } from ${JSON.stringify(child)};
    const [command, ...args] = ${JSON.stringify(command)};
    process.exitCode = await run(command, args, { cwd: '/', env: process.env, ...${JSON.stringify(options)} });`;
  const started = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [started.stdout, started.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const ended = once(started, 'close').then(([code]) => code as number);
  return { started, ended, output: () => output };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('The awaited condition did not come true within 30 s.');
    await sleep(20);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('running a program', () => {
  it('passes its exit code on', async () => {
    expect(await start(['sh', '-c', 'exit 5']).ended).toBe(5);
    expect(await start(['sh', '-c', 'kill -KILL $$']).ended).toBe(137);
  });

  it('shows a quiet program only when it fails', async () => {
    const good = start(['sh', '-c', 'echo said; exit 0'], { quiet: true });
    expect([await good.ended, good.output()]).toEqual([0, '']);
    const bad = start(['sh', '-c', 'echo said; exit 1'], { quiet: true });
    expect([await bad.ended, bad.output()]).toEqual([1, 'said\n']);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'hands %s to the whole of it and waits',
    async (signal) => {
      // A wrapper that does not pass signals on, as npm's and pnpm's shims are.
      const wrapper = `sh -c 'echo "pid=$$"; exec sleep 300'; sleep 300`;
      const { started, ended, output } = start(['sh', '-c', wrapper]);
      await until(() => /pid=\d+/.test(output()));
      const pid = Number(/pid=(\d+)/.exec(output())?.[1]);
      started.kill(signal);
      expect(await ended).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]);
      await until(() => !isAlive(pid));
    },
  );

  it('kills what does not listen at a second signal, unless it is the echo of the first', async () => {
    const { started, ended, output } = start([
      'sh',
      '-c',
      "trap '' INT; echo ready; sleep 300; echo survived",
    ]);
    await until(() => output().includes('ready'));
    started.kill('SIGINT');
    await sleep(100);
    started.kill('SIGINT');
    await sleep(500);
    expect(started.exitCode).toBeNull();
    // Again and again, for a busy machine may have seen the first one late.
    const overdue = setInterval(() => started.kill('SIGINT'), 500);
    await ended.finally(() => clearInterval(overdue));
    expect(await ended).toBe(130);
    expect(output()).not.toContain('survived');
  });
});
