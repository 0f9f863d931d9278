import { loadEnvFile } from '@vatevo/connection/env-file';
import { main } from './main.ts';
import type { Program } from './program.ts';
import { Shell } from './shell.ts';

/** Runs this process's command line to its end, and leaves. For entry points: it takes the process over. */
export async function runProgram<Preset extends object>(program: Program<Preset>): Promise<void> {
  const shell = new Shell(process.env, program, process);

  // A reader that went away (`… | head`) is no fault of the command.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }

  // What escapes every handler still must not show a secret or a raw stack. An
  // unhandled rejection arrives here too.
  process.on('uncaughtException', (error) => {
    process.exit(shell.fail(error).exitCode);
  });

  await main(program, shell, process.argv.slice(2), loadEnvFile);

  // Leave only when everything is written (a pipe takes its time), and leave
  // then even if a library still holds a timer or a socket.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(shell.exitCode)));
}
