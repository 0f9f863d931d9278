import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { CommandError, type Env, ExitCode } from '@vatevo/shell';

/**
 * Reads the variables of one environment from a file, and no others: what this shell has set is another one's.
 *
 * @throws CommandError with exit code 2 when there is no such file
 */
export async function readEnvironment(file: string): Promise<Env> {
  try {
    return parseEnv(await readFile(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(ExitCode.usage, `The file cannot be read (${code}).`, {
      cause: error,
      remedy: ['Check the path given with --env-file.'],
    });
  }
}
