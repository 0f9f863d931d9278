import { type Program, runProgram } from '@vatevo/shell';
import type { Preset } from './preset.ts';
import { say } from './transfer/next.ts';

/** Runs a command line with the mover's commands among its own, and says what to run next as it is typed there. */
export function runMover(program: Omit<Program<Preset>, 'say'>): Promise<void> {
  return runProgram({ ...program, say: (error) => say(error, program.preset) });
}
