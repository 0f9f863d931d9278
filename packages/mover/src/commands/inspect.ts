import type { Command } from 'commander';
import type { Shell } from '../preset.ts';
import { databaseCommand, decisionOptions, freeSpaceOption, jobsOption, sourceOption } from './options.ts';

export function register(program: Command, shell: Shell): void {
  databaseCommand(program, shell, {
    name: 'inspect',
    does: 'Checks every value of a SQLite database against the target, and changes neither. This is the dry run of a transfer.',
    options: [sourceOption(), freeSpaceOption(), ...decisionOptions(), jobsOption()],
    work: async () => (await import('../transfer/run-inspect.ts')).runInspect,
  });
}
