import { callProgram } from '@vatevo/shell';
import type { Outcome } from '@vatevo/test-kit/program';
import { ops } from '../../src/program.ts';
import { cleanEnv, root } from './run-script.ts';

/** Runs a command line of ours in this process, called in the repository's folder. */
export async function call(args: readonly string[], env: Record<string, string>): Promise<Outcome> {
  const started = performance.now();
  const called = await callProgram(ops, args, cleanEnv({ INIT_CWD: root, ...env }));
  return { ...called, signal: null, ms: performance.now() - started };
}
