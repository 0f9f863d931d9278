import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';

/** How long a child process may take to end after it was asked to, in milliseconds. */
const GRACE_MS = 15_000;

/** How a child process ended: its exit code, 128 + the number of the signal that ended it. */
export type Ended = Promise<number>;

/**
 * Starts a Node program in a process group of its own: Ctrl-C on the terminal reaches the demo alone,
 * which then stops its child processes in order, each with one signal. By Node's own spawn: when it ends is for the demo to
 * say, and signals may be of any number.
 */
export function startNode(
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; cwd: string; stdio: ('ignore' | 'inherit' | 'ipc' | number)[] },
): { child: ChildProcess; ended: Ended } {
  const child = spawn(process.execPath, args, { ...options, detached: true });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ? 128 + constants.signals[signal] : (code ?? 1)));
  });
  return { child, ended };
}

/** Asks a child process to end, and kills it when it has not after a while. Resolves when it is gone. */
export async function stopProcess(child: ChildProcess, ended: Ended, signal: number): Promise<void> {
  child.kill(signal);
  const overdue = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await ended;
  clearTimeout(overdue);
}
