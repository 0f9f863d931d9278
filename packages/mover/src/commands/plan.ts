import { type Command, Option } from 'commander';
import type { Shell } from '../preset.ts';
import { databaseCommand, sourceOption } from './options.ts';

/** Of a program whose formats are not known beforehand. */
export function register(program: Command, shell: Shell): void {
  if (shell.preset.advice.prepare !== undefined) return;
  databaseCommand(program, shell, {
    name: 'plan',
    does: 'Writes a mapping with every decision that the move of a SQLite database needs, and the evidence for each.',
    options: [
      sourceOption(),
      new Option('--out <file>', 'where the mapping is written').makeOptionMandatory(),
      new Option(
        '--seeded <rows>',
        'what becomes of other rows that PostgreSQL has already: they stay (skip), or go (replace)',
      ).choices(['skip', 'replace']),
      new Option('--force', 'overwrite an existing file'),
    ],
    work: async () => (await import('../plan/run-plan.ts')).runPlan,
  });
}
