import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { libpqVariables, type PostgresTarget, readPassword } from '@vatevo/connection';
import type { Env } from '../../shell/shell.ts';

/** One of PostgreSQL's client programs. */
export interface Program {
  readonly name: string;
  /** `18.1`. */
  readonly version: string;
  readonly major: number;
}

/** Asks a program on the PATH for its version; undefined when there is none. */
export async function findProgram(name: string, env: Env): Promise<Program | undefined> {
  const child = spawn(name, ['--version'], {
    env: { PATH: env.PATH ?? '' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  try {
    await once(child, 'close');
  } catch {
    return undefined;
  }
  const [, version, major] = /\(PostgreSQL\) ((\d+)\S*)/.exec(said) ?? [];
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
  const child = spawn(program.name, args, {
    env: await environment(target, env),
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const ended = ending(child);
  // Its failure is awaited below, and must not count as unhandled until then.
  ended.catch(() => undefined);
  for await (const chunk of child.stdout) await onStdout(chunk as Buffer);
  return ended;
}

const MOST_SAID = 2_000;

async function ending(child: ChildProcess): Promise<Ending> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-MOST_SAID);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said: said.trim() };
}

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
