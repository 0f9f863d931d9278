import { readFile } from 'node:fs/promises';
import { ConnectionError } from './connection-error.ts';
import type { HostAddress } from './hosts.ts';
import type { PasswordSource } from './password-source.ts';
import { learnSecret } from './redact.ts';
import type { PostgresTarget } from './target.ts';

/**
 * The password for a new connection to `target`: of its source, else its file, else as it was written down, else
 * PGPASSWORD. What a source or a file gives is taken out of all that is shown from then on.
 *
 * @throws ConnectionError with reason `authentication` when the source or the file gives none
 */
export async function readPassword(target: PostgresTarget, at?: HostAddress): Promise<string> {
  const { passwordSource, passwordFile } = target;
  if (passwordSource === undefined && passwordFile === undefined) {
    return target.password ?? process.env.PGPASSWORD ?? '';
  }
  const password = passwordSource
    ? await askSource(passwordSource, target, at ?? target)
    : await readPasswordFile(String(passwordFile));
  learnSecret(password);
  return password;
}

async function askSource(
  source: PasswordSource,
  { user, database }: PostgresTarget,
  { host, port }: HostAddress,
): Promise<string> {
  let given: unknown;
  try {
    given = await source({ host, port, user, database });
  } catch (error) {
    throw none(
      `The password function for ${user}@${host}:${port} failed (${(error as Error)?.message})`,
      error,
    );
  }
  if (typeof given === 'string' && given !== '') return given;
  throw none(`The password function for ${user}@${host}:${port} gave no text`);
}

async function readPasswordFile(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw none(`The file that POSTGRES_PASSWORD_FILE names, ${file}, cannot be read (${code})`, error);
  }
  // Editors, and those who write secrets into files, end them with a line end.
  const password = text.replace(/\r?\n$/, '');
  if (password === '') throw none(`The file that POSTGRES_PASSWORD_FILE names, ${file}, is empty`);
  return password;
}

function none(problem: string, cause?: unknown): ConnectionError {
  return new ConnectionError(
    'authentication',
    `${problem}: no connection was opened; fix it, then try again.`,
    {
      cause,
    },
  );
}
