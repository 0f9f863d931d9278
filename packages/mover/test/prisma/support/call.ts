import { Writable } from 'node:stream';
import { main, Shell } from '@vatevo/shell';
import { anybody } from '../../../src/anybody.ts';
import { moverCommands } from '../../../src/commands/index.ts';
import { moverProgram } from '../../../src/mover-program.ts';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line of the mover in this process: one of its own takes the processor twice as long. */
export async function call(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Outcome> {
  const said = { stdout: '', stderr: '' };
  const into = (name: keyof typeof said) =>
    new Writable({
      decodeStrings: false,
      write(text: string, _, done) {
        said[name] += text;
        done();
      },
    });
  const program = moverProgram({ name: 'mover', description: '', preset: anybody, commands: moverCommands });
  const shell = new Shell(env, program, { stdout: into('stdout'), stderr: into('stderr') });
  await main(program, shell, args);
  return { code: shell.exitCode, ...said };
}
