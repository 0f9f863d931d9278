/** The entry point: `node packages/mover/dist/cli.js <command>`. Importing it runs the command line. */
import { runProgram } from '@vatevo/shell';
import { mover } from './program.ts';

await runProgram(mover);
