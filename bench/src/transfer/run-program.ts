import { execa } from 'execa';
import { ProcessWatch, type Taken } from './process-watch.ts';

/** Of the process and its children, without the database server. */
export interface Ran extends Taken {
  /** Wall-clock, from before the start to after the end. */
  readonly seconds: number;
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
  const watch = child.pid === undefined ? undefined : new ProcessWatch(child.pid);
  const { failed, signal, exitCode, originalMessage, stdout, stderr } = await child;
  const seconds = (performance.now() - started) / 1000;
  const taken = watch?.stop() ?? { peakBytes: undefined, processorSeconds: undefined };
  if (failed) {
    const said = (stderr || stdout || '').slice(-MAX_ERROR_TEXT);
    throw new Error(`${program} ended with ${signal ?? exitCode ?? originalMessage}: ${said}`);
  }
  return { seconds, ...taken, output: stdout };
}

/** What several programs took that ran side by side. */
export function together(ran: readonly Ran[]) {
  const sum = (values: readonly (number | undefined)[]) =>
    values.includes(undefined) ? undefined : values.reduce<number>((total, value) => total + (value ?? 0), 0);
  return {
    peakBytes: sum(ran.map(({ peakBytes }) => peakBytes)),
    programSeconds: sum(ran.map(({ processorSeconds }) => processorSeconds)),
  };
}
