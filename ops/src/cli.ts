/** The entry point: `node ops/dist/cli.js <command>`. Importing it runs the command line. */
import { runProgram } from '@vatevo/shell';
import { commands } from './commands/index.ts';
import { vatevo } from './vatevo.ts';

await runProgram({
  name: 'vatevo-ops',
  description: 'Prepares, fills, checks and watches the databases of Vatevo.',
  preset: vatevo,
  commands,
});
