import { Command } from 'commander';
import type { Preset, Shell } from './shell.ts';

/** Adds one command to the program. */
export type Register = (program: Command, shell: Shell) => void;

/** A command line: who it is for, and what it can do. */
export interface Program {
  readonly name: string;
  readonly description: string;
  readonly preset: Preset;
  /** Every command, in the order the help lists them. */
  readonly commands: readonly Register[];
}

/** The command line's grammar: every command, its options and its help. */
export function buildProgram({ name, description, commands }: Program, shell: Shell): Command {
  const program = new Command(name)
    .description(description)
    .exitOverride()
    .showHelpAfterError('Add --help to see what is possible.')
    .configureOutput({
      // Usage errors repeat what was typed, and that may hold a password.
      outputError: (text, write) => write(shell.redactor.clean(text)),
    });
  for (const register of commands) register(program, shell);
  return program;
}
