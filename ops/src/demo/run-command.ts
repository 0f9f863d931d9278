import { constants } from 'node:os';
import { Interrupted } from '@vatevo/shell';
import { opsProgram, root } from './paths.ts';
import { startNode, stopProcess } from './process.ts';

/**
 * Runs one ops command as an operator would, its output where ours goes, and resolves to its exit code.
 * Its database is in the environment, never in the arguments.
 *
 * @throws the signal's reason when it was interrupted, once the command has ended
 */
export async function runCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  const stdio: ('ignore' | 'inherit')[] = ['ignore', 'inherit', 'inherit'];
  const { child, ended } = startNode([opsProgram, ...args], { env, cwd: root, stdio });
  const stop = () => void stopProcess(child, ended, signalNumber(signal.reason));
  signal.addEventListener('abort', stop);
  try {
    const exitCode = await ended;
    signal.throwIfAborted();
    return exitCode;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The very signal that we got: the command then says the same of its end as we do. */
function signalNumber(reason: unknown): number {
  return reason instanceof Interrupted ? reason.exitCode - 128 : constants.signals.SIGTERM;
}
