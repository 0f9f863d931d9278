import { Command } from 'commander';
import { commands } from './commands/index.ts';
import type { Shell } from './shell.ts';

/** The command line's grammar: every command, its options and its help. */
export function buildProgram(shell: Shell): Command {
  const program = new Command('vatevo-ops')
    .description('Prepares, fills, checks and watches the databases of Vatevo.')
    .exitOverride()
    .showHelpAfterError('Add --help to see what is possible.')
    .configureOutput({
      // Usage errors repeat what was typed, and that may hold a password.
      outputError: (text, write) => write(shell.redactor.clean(text)),
    });
  for (const register of commands) register(program, shell);
  return program;
}
