import { Writable } from 'node:stream';
import { main, Shell } from '@vatevo/shell';
import type { Outcome } from '@vatevo/test-kit/program';
import { ops } from '../../src/program.ts';
import { cleanEnv, root } from './run-script.ts';

/**
 * Runs a command line of ours in this process, for tests of what it does: a process of its own takes the processor twice
 * as long. What comes of signals, of being killed and of what is typed needs one.
 */
export async function call(args: readonly string[], env: Record<string, string>): Promise<Outcome> {
  const started = performance.now();
  const said = { stdout: '', stderr: '' };
  const into = (name: keyof typeof said) =>
    new Writable({
      decodeStrings: false,
      write(text: string, _, done) {
        said[name] += text;
        done();
      },
    });
  const shell = new Shell(cleanEnv({ INIT_CWD: root, ...env }), ops, {
    stdout: into('stdout'),
    stderr: into('stderr'),
  });
  await main(ops, shell, args);
  return { code: shell.exitCode, signal: null, ms: performance.now() - started, ...said };
}
