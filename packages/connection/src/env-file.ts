import { ConfigurationError } from './configuration-error.ts';

/**
 * Reads `.env` in the working directory into the environment. A variable that
 * is set already, even to nothing, keeps its value. No file is fine; a file
 * that cannot be read is not, since commands would then use another database
 * than the one written there.
 *
 * For entry points: it is the one thing here that changes `process.env`.
 *
 * @throws ConfigurationError
 */
export function loadEnvFile(): void {
  try {
    process.loadEnvFile('.env');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    throw new ConfigurationError([
      {
        variable: 'The file .env',
        problem: `is there but cannot be read (${code})`,
        allowed: 'a file that this user may read, or none',
      },
    ]);
  }
}
