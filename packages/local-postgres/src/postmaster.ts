import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, as } from './account.ts';
import { readPidFile } from './pid-file.ts';
import { serverEnvironment } from './run.ts';

/** How to shut down: wait for clients, disconnect them, or die on the spot (and recover at the next start). */
export type StopMode = 'smart' | 'fast' | 'immediate';

const signals = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** The port was taken: worth another try with another one. */
export class PortTakenError extends Error {}

/**
 * Starts the server's main process and resolves when it accepts connections.
 *
 * It runs in a session of its own: Ctrl-C on the terminal must reach the program that
 * uses the server, not the server under it. Its log goes to `server.log` in the data folder. By Node's own spawn: it is held
 * until it is stopped, and there is no result to wait for.
 */
export async function startPostmaster(
  postgres: string,
  dataDir: string,
  port: number,
  settings: Readonly<Record<string, string>>,
  account: Account | undefined,
  onSpawn: (pid: number) => void,
): Promise<ChildProcess> {
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const logFile = path.join(dataDir, 'server.log');
  const log = openSync(logFile, 'w', 0o640);
  const child = spawn(postgres, ['-D', dataDir, '-p', String(port), ...args], {
    ...as(account),
    stdio: ['ignore', log, log],
    detached: true,
    cwd: dataDir,
    env: serverEnvironment(),
  });
  closeSync(log);
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  child.unref();
  if (child.pid !== undefined) onSpawn(child.pid);

  while (failure === undefined && child.exitCode === null && child.signalCode === null) {
    const file = await readPidFile(dataDir);
    if (file?.pid === child.pid && file?.status === 'ready') return child;
    await sleep(20);
  }
  throw await startFailure(logFile, port, failure);
}

async function startFailure(logFile: string, port: number, cause: Error | undefined): Promise<Error> {
  const log = (await readFile(logFile, 'utf8').catch(() => '')).trim();
  if (/Address already in use/.test(log)) {
    return new PortTakenError(
      `Port ${port} on 127.0.0.1 is taken by another program: stop it, or leave the port out to get a free one.`,
    );
  }
  const tail = log.split('\n').slice(-5).join('\n') || cause?.message || 'it said nothing';
  return new Error(`The local PostgreSQL server did not start; the end of ${logFile}:\n${tail}`, { cause });
}

/**
 * Stops the server and resolves when its main process is gone. A fast stop that has not
 * come to its end after 30 s is followed by an immediate one.
 */
export async function stopPostmaster(child: ChildProcess, mode: StopMode): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.ref();
  child.kill(signals[mode]);
  // A process that was frozen (SIGSTOP) would not see the signal.
  child.kill('SIGCONT');
  const overdue = mode === 'fast' ? setTimeout(() => child.kill('SIGQUIT'), 30_000) : undefined;
  await gone;
  clearTimeout(overdue);
}
