import { ExitCode } from './exit-codes.ts';
import { OpsError } from './failure.ts';

/**
 * Reads `.env` in the working directory into the environment. A variable that
 * is set already, even to nothing, keeps its value. No file is fine; a file
 * that cannot be read is not, since commands would then use another database
 * than the one written there.
 */
export function loadEnvFile(): void {
  try {
    process.loadEnvFile('.env');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    throw new OpsError(ExitCode.usage, `The file .env is there but cannot be read (${code}).`, {
      cause: error,
      remedy: ['Make it readable, or remove it and set the variables in the environment.'],
    });
  }
}
