/** The entry point: `node ops/dist/cli.js <command>`. Importing it runs the command line. */
import { runProgram } from '@vatevo/shell';
import { ops } from './program.ts';

await runProgram(ops);
