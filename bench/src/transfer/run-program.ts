import { spawn } from 'node:child_process';
import { MemoryWatch } from './process-memory.ts';

export interface Ran {
  /** Wall-clock, from before the start to after the end. */
  readonly seconds: number;
  /** Of the process and its children, without the database server; undefined where it cannot be read. */
  readonly peakBytes: number | undefined;
  readonly output: string;
}

/** How much of a program's errors is kept for the message. */
const MOST_ERROR_TEXT = 2_000;

/** Runs a program to its end. @throws Error with what it said when it fails. */
export function runProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const memory = child.pid === undefined ? undefined : new MemoryWatch(child.pid);
    let output = '';
    let errors = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      errors = (errors + data.toString()).slice(-MOST_ERROR_TEXT);
    });
    child.on('error', (error) => {
      memory?.stop();
      reject(error);
    });
    child.on('close', (code, signal) => {
      const seconds = (performance.now() - started) / 1000;
      const peakBytes = memory?.stop();
      if (code === 0) resolve({ seconds, peakBytes, output });
      else
        reject(
          new Error(`${program} ended with ${signal ?? code}: ${errors || output.slice(-MOST_ERROR_TEXT)}`),
        );
    });
  });
}
