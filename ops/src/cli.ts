/** The entry point: `node ops/dist/cli.js <command>`. Importing it runs the command line. */
import { runMover } from '@vatevo/mover';
import { commands } from './commands/index.ts';
import { vatevo } from './vatevo.ts';

await runMover({
  name: 'vatevo-ops',
  description: 'Prepares, fills, checks and watches the databases of Vatevo.',
  preset: vatevo,
  commands,
});
