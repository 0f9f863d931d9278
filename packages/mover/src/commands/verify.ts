import type { Command } from 'commander';
import type { Shell } from '../preset.ts';
import { databaseCommand, fromReplicaOption, jobsOption, sourceOption } from './options.ts';

export function register(program: Command, shell: Shell): void {
  databaseCommand(program, shell, {
    name: 'verify',
    does: 'Proves that the target holds every value of the SQLite database, and nothing else.',
    options: [sourceOption(), fromReplicaOption(), jobsOption()],
    work: async () => (await import('../transfer/run-verify.ts')).runVerify,
  });
}
