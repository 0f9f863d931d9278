import type { PostgresTarget } from '@vatevo/connection';
import type { Run } from '@vatevo/mover';
import { noUrl, readTarget } from '@vatevo/mover/target';
import { CommandError, type Env, ExitCode } from '@vatevo/shell';
import { readLine } from './read-line.ts';

/** Where the URL to check comes from. */
export interface UrlOptions {
  /** The name of a variable. */
  readonly urlEnv?: string;
  /** `-` for standard input, or a URL without a password. */
  readonly url?: string;
}

/** A database to check, and the name by which messages call the place its URL came from. */
export interface ChosenTarget {
  readonly target: PostgresTarget;
  readonly from: string;
}

/**
 * Finds the URL to check: in the variable named, on standard input, on the
 * command line, else in POSTGRES_URL.
 *
 * @throws ConfigurationError naming the place the URL came from
 * @throws CommandError with exit code 2 when the URL on the command line holds a password
 */
export async function chooseTarget(options: UrlOptions, run: Run): Promise<ChosenTarget> {
  const { text, from } = await readUrl(options, run.env);
  return { target: readTarget(text, from, run), from };
}

async function readUrl(options: UrlOptions, env: Env): Promise<{ text: string | undefined; from: string }> {
  if (options.url === '-') {
    const text = await readLine(process.stdin);
    if (text === '') throw noUrl('the URL on standard input', 'is empty');
    return { text, from: 'the URL on standard input' };
  }
  if (options.url !== undefined) {
    refusePassword(options.url);
    return { text: options.url, from: '--url' };
  }
  const from = options.urlEnv ?? 'POSTGRES_URL';
  return { text: env[from], from };
}

/**
 * The URL is not looked at as a URL, since one that is slightly wrong gives
 * its password away just the same.
 */
function refusePassword(url: string): void {
  if (!/:\/\/[^@]*:[^@]*@/.test(url) && !/password/i.test(url)) return;
  throw new CommandError(
    ExitCode.usage,
    'The URL given with --url holds a password, which the shell’s history, package managers and the list of processes show to others.',
    {
      remedy: [
        'Put the URL into a variable and name it: --url-env STAGING_URL',
        'or send it to standard input: --url - < FILE',
        'or leave the password out of it and put that into PGPASSWORD. And change this password: it has been seen.',
      ],
    },
  );
}
