import { type Command, Option } from 'commander';
import type { Shell } from '../preset.ts';
import { databaseCommand, sourceOption } from './options.ts';

/** Of a program whose formats are not known beforehand. */
export function register(program: Command, shell: Shell): void {
  if (shell.preset.advice.prepare !== undefined) return;
  databaseCommand(program, shell, {
    name: 'plan',
    does: 'Writes a mapping with all that has to be decided before a SQLite database is moved, and what speaks for it.',
    options: [
      sourceOption(),
      new Option('--out <file>', 'where the mapping is written').makeOptionMandatory(),
      new Option('--force', 'write over a file that is there'),
    ],
    work: async () => (await import('../plan/run-plan.ts')).runPlan,
  });
}
