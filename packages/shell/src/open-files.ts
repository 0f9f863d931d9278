import { closeSync, openSync } from 'node:fs';
import { ExitCode } from './exit-codes.ts';
import { CommandError } from './failure.ts';

/** Files and connections that a command may open: the modules it loads, and a few for each of eight readers. */
const NEEDED = 64;

/**
 * Looks before anything is begun: SQLite says of a file that it could not open only that it could not.
 *
 * @throws CommandError exit code 2
 */
export function refuseFewOpenFiles(): void {
  const opened: number[] = [];
  try {
    while (opened.length < NEEDED) opened.push(openSync(process.execPath, 'r'));
  } catch (error) {
    if (!/^E[MN]FILE$/.test(String((error as NodeJS.ErrnoException).code))) throw error;
    throw new CommandError(
      ExitCode.usage,
      `This process may have only ${opened.length} more files open, and a command needs ${NEEDED}: raise the limit (ulimit -n 1024, or LimitNOFILE= of the unit), then run the same command again.`,
      { cause: error },
    );
  } finally {
    for (const file of opened) closeSync(file);
  }
}
