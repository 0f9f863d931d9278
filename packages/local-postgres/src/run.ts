import { execa } from 'execa';
import { type Account, as } from './account.ts';

/** What a finished child process left behind. */
export interface Outcome {
  readonly ok: boolean;
  /** Standard output and error together. */
  readonly output: string;
}

/**
 * Runs a program to its end under the account and reports how it went; never throws.
 *
 * The environment is a fixed one: PGOPTIONS, LANG and their like of the caller's shell
 * must not reach the server's programs.
 */
export async function run(
  program: string,
  args: readonly string[],
  account: Account | undefined,
  cwd = '/',
): Promise<Outcome> {
  const { failed, all, shortMessage } = await execa(program, args, {
    ...as(account),
    cwd,
    env: serverEnvironment(),
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
  });
  return { ok: !failed, output: all?.trim() || (shortMessage ?? '') };
}

/** The environment of every server program: English messages, UTC, nothing inherited but PATH. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}
