import { moverProgram } from '@vatevo/mover';
import { commands } from './commands/index.ts';
import { vatevo } from './vatevo.ts';

export const ops = moverProgram({
  name: 'vatevo-ops',
  description: "Prepares, fills, checks and watches Vatevo's databases.",
  preset: vatevo,
  commands,
});
