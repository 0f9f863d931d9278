/** The entry point: `node packages/mover/dist/cli.js <command>`. Importing it runs the command line. */
import { runProgram } from '@vatevo/shell';
import { anybody } from './anybody.ts';
import { moverCommands } from './commands/index.ts';
import { moverProgram } from './mover-program.ts';

await runProgram(
  moverProgram({
    name: 'mover',
    description: 'Moves any SQLite database into PostgreSQL, and back, with nothing lost.',
    preset: anybody,
    commands: moverCommands,
  }),
);
