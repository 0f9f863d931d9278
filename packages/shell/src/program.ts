import { Command } from 'commander';
import type { Say } from './failure.ts';
import type { Shell } from './shell.ts';

/** Adds one command to the program. */
export type Register<Preset extends object = object> = (program: Command, shell: Shell<Preset>) => void;

/** A command line: who it is for, and what it can do. */
export interface Program<Preset extends object = object> {
  readonly name: string;
  readonly description: string;
  readonly preset: Preset;
  readonly say?: Say;
  /** Every command, in the order the help lists them. */
  readonly commands: readonly Register<Preset>[];
}

/** The command line's grammar: every command, its options and its help. */
export function buildProgram<Preset extends object>(
  { name, description, commands }: Program<Preset>,
  shell: Shell<Preset>,
): Command {
  const program = new Command(name)
    .description(description)
    .exitOverride()
    .showHelpAfterError('Add --help to list the options.')
    .configureOutput({
      writeOut: (text) => void shell.outputs.stdout.write(text),
      writeErr: (text) => void shell.outputs.stderr.write(text),
      // Usage errors repeat what was typed, and that may hold a password.
      outputError: (text, write) => write(shell.redactor.clean(text)),
    });
  for (const register of commands) register(program, shell);
  return program;
}
