import { execa } from 'execa';
import { MemoryWatch } from './process-memory.ts';

export interface Ran {
  /** Wall-clock, from before the start to after the end. */
  readonly seconds: number;
  /** Of the process and its children, without the database server; undefined where it cannot be read. */
  readonly peakBytes: number | undefined;
  readonly output: string;
}

/** How much of a program's errors is kept for the message. */
const MAX_ERROR_TEXT = 2_000;

/** Runs a program to its end. @throws Error with what it said when it fails. */
export async function runProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ran> {
  const started = performance.now();
  const child = execa(program, args, { env, stdin: 'ignore', reject: false });
  const memory = child.pid === undefined ? undefined : new MemoryWatch(child.pid);
  const { failed, signal, exitCode, originalMessage, stdout, stderr } = await child;
  const seconds = (performance.now() - started) / 1000;
  const peakBytes = memory?.stop();
  if (failed) {
    const said = (stderr || stdout || '').slice(-MAX_ERROR_TEXT);
    throw new Error(`${program} ended with ${signal ?? exitCode ?? originalMessage}: ${said}`);
  }
  return { seconds, peakBytes, output: stdout };
}
