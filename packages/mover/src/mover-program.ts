import type { Program } from '@vatevo/shell';
import type { Preset } from './preset.ts';
import { say } from './transfer/next.ts';

/** A command line with the mover's commands among its own: it says what to run next as that is typed there. */
export function moverProgram(program: Omit<Program<Preset>, 'say'>): Program<Preset> {
  return { ...program, say: (error) => say(error, program.preset) };
}
