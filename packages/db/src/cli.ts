/** The entry point of `pnpm db:…` and `pnpm prisma`. Importing it runs the command line. */
import { runProgram } from '@vatevo/shell';
import { database } from './program.ts';

await runProgram(database);
