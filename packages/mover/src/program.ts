import { anybody } from './anybody.ts';
import { moverCommands } from './commands/index.ts';
import { moverProgram } from './mover-program.ts';

/** The command line for any SQLite file and any PostgreSQL database. */
export const mover = moverProgram({
  name: 'mover',
  description: 'Moves any SQLite database into PostgreSQL and back, and proves that nothing is lost.',
  preset: anybody,
  commands: moverCommands,
});
