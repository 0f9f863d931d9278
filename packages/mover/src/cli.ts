/** The entry point: `node packages/mover/dist/cli.js <command>`. Importing it runs the command line. */
import { anybody } from './anybody.ts';
import { moverCommands } from './commands/index.ts';
import { runMover } from './run-mover.ts';

await runMover({
  name: 'mover',
  description: 'Moves any SQLite database into PostgreSQL, and back, with nothing lost.',
  preset: anybody,
  commands: moverCommands,
});
