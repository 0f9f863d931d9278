import { libpqVariables, type PostgresTarget, readPassword } from '@vatevo/connection';
import type { Env } from '@vatevo/shell';
import { execa } from 'execa';

/** One of PostgreSQL's client programs. */
export interface Program {
  readonly name: string;
  /** `18.1`. */
  readonly version: string;
  readonly major: number;
}

/** Asks a program on the PATH for its version; undefined when there is none. */
export async function findProgram(name: string, env: Env): Promise<Program | undefined> {
  const { stdout } = await execa(name, ['--version'], {
    env: { PATH: env.PATH ?? '' },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
  });
  const [, version, major] = /\(PostgreSQL\) ((\d+)\S*)/.exec(stdout ?? '') ?? [];
  return version === undefined ? undefined : { name, version, major: Number(major) };
}

/** How a program ended. */
export interface Ending {
  readonly code: number | null;
  /** The last lines that it said on stderr. */
  readonly said: string;
}

/**
 * Runs a program on a database. It learns of the database by libpq's variables alone: arguments are open to
 * everybody on the machine.
 */
export async function runOn(
  target: PostgresTarget,
  program: Program,
  args: readonly string[],
  env: Env,
  signal: AbortSignal,
  onStdout: (chunk: Buffer) => Promise<void>,
): Promise<Ending> {
  const child = execa(program.name, args, {
    env: await environment(target, env),
    extendEnv: false,
    stdin: 'ignore',
    buffer: { stdout: false },
    reject: false,
    cancelSignal: signal,
  });
  for await (const chunk of child.stdout) await onStdout(chunk as Buffer);
  const { exitCode = null, stderr, isCanceled, cause } = await child;
  if (isCanceled || cause) throw isCanceled ? signal.reason : cause;
  return { code: exitCode, said: stderr.slice(-MAX_SAID).trim() };
}

const MAX_SAID = 2_000;

async function environment(target: PostgresTarget, env: Env): Promise<NodeJS.ProcessEnv> {
  const kept = Object.entries(env).filter(([name]) => !/^(PG|POSTGRES_|DATABASE_)/.test(name));
  const password = (await readPassword(target)) || env.PGPASSWORD;
  return {
    ...Object.fromEntries(kept),
    ...libpqVariables(target),
    ...(password && { PGPASSWORD: password }),
    PGCONNECT_TIMEOUT: '10',
    PGAPPNAME: 'vatevo-backup',
    PGCLIENTENCODING: 'UTF8',
  };
}
