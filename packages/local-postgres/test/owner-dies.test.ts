import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startLocalPostgres } from '../src/index.ts';
import { isAlive, scratch, until } from './helpers.ts';

/** Of the signals the one that nobody can catch is enough. */
const LONG = process.env.VATEVO_TEST_LONG === '1';

const program = fileURLToPath(new URL('programs/owner.mjs', import.meta.url));

/** A process that owns a server. */
async function owner(...args: string[]): Promise<{ child: ChildProcess; pid: number; dataDir: string }> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { child, ...JSON.parse(line.toString()) };
}

describe('the server ends with the process that started it', () => {
  it.each(LONG ? (['SIGKILL', 'SIGTERM', 'SIGINT'] as const) : (['SIGKILL'] as const))(
    'killed by %s',
    async (signal) => {
      const { child, pid, dataDir } = await owner();
      expect(isAlive(pid)).toBe(true);
      child.kill(signal);
      await until(() => !isAlive(pid) && !existsSync(dataDir));
    },
  );

  it('that calls process.exit', async () => {
    const { pid, dataDir } = await owner('', 'end');
    await until(() => !isAlive(pid) && !existsSync(dataDir));
  });

  it('that just comes to its end: a forgotten server does not hold it', async () => {
    const { child, pid, dataDir } = await owner('', 'fall-through');
    if (child.exitCode === null) await once(child, 'exit');
    await until(() => !isAlive(pid) && !existsSync(dataDir));
  });

  it('and its kept data can be used at once by the next', async () => {
    const folder = await scratch();
    await chmod(folder, 0o755);
    const { child, dataDir } = await owner(folder);
    child.kill('SIGKILL');
    const next = await startLocalPostgres({ dataDir: folder });
    expect(next.dataDir).toBe(dataDir);
    await next.dispose();
  });
});
