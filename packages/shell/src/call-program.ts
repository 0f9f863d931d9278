import { Writable } from 'node:stream';
import { main } from './main.ts';
import type { Program } from './program.ts';
import { type Env, Shell } from './shell.ts';

/** What a command line said, and its exit code. */
export interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command line in the caller's process and leaves that as it was, for tests of what a command does: a process of
 * its own takes the processor twice as long. What comes of signals, of being killed and of `.env` needs one. Never throws.
 *
 * @param env the whole environment of the command; relative paths count from its `INIT_CWD`
 */
export async function callProgram<Preset extends object>(
  program: Program<Preset>,
  args: readonly string[],
  env: Env,
): Promise<Called> {
  const said = { stdout: '', stderr: '' };
  const into = (name: keyof typeof said) =>
    new Writable({
      decodeStrings: false,
      write(text: string, _, done) {
        said[name] += text;
        done();
      },
    });
  const shell = new Shell(env, program, { stdout: into('stdout'), stderr: into('stderr') });
  await main(program, shell, args);
  return { code: shell.exitCode, ...said };
}
